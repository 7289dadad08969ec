import Metrics
import NIOCore
import Synchronization

/// A backend of swift-metrics that keeps every metric in memory and writes Prometheus' text format (version 0.0.4).
///
/// It is handed to each metric instead of bootstrapped for the process, so that tests have one each.
package final class PrometheusRegistry: Sendable {
    private let families = Mutex<[String: PrometheusFamily]>([:])

    package init() {}

    private func series<Series: PrometheusSeries>(
        _ name: String, _ dimensions: [(String, String)], _ make: () -> Series
    ) -> Series {
        let labels = PrometheusLabels(dimensions)
        return families.withLock { families in
            if let known = families[name]?.series[labels] as? Series { return known }
            let series = make()
            families[name, default: PrometheusFamily(type: Series.type)].series[labels] = series
            return series
        }
    }

    /// What some metrics hold now, without their text.
    package func readings(of names: Set<String>) -> [MetricSeries] {
        let families = families.withLock { $0 }
        return names.flatMap { name in
            families[name].map { family in
                family.series.map { MetricSeries(name: name, labels: $0.values, reading: $1.reading) }
            } ?? []
        }
    }

    /// All metrics, by name.
    package func write(to buffer: inout ByteBuffer) {
        let families = families.withLock { $0 }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = MetricNames.help[name] { buffer.writeString("# HELP \(name) \(help)\n") }
            buffer.writeString("# TYPE \(name) \(family.type)\n")
            for (labels, series) in family.series.sorted(by: { $0.key.text < $1.key.text }) {
                series.write(name, labels, to: &buffer)
            }
        }
    }
}

private struct PrometheusFamily {
    let type: String
    var series: [PrometheusLabels: any PrometheusSeries] = [:]
}

/// One label set of a metric.
protocol PrometheusSeries: AnyObject, Sendable {
    /// As the TYPE line has it.
    static var type: String { get }
    var reading: MetricReading { get }
    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer)
}

/// Labels as they are written, escaped; two equal sets are one series.
struct PrometheusLabels: Hashable, Sendable {
    /// Without braces; empty for none.
    let text: String
    /// By name, as they are.
    let values: [String: String]

    init(_ dimensions: [(String, String)]) {
        values = Dictionary(dimensions) { first, _ in first }
        text = dimensions.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    }

    /// The labels in braces, with one more if given.
    func braced(_ more: String? = nil) -> String {
        let all = [text, more ?? ""].filter { !$0.isEmpty }.joined(separator: ",")
        return all.isEmpty ? "" : "{\(all)}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { PrometheusCounter() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { PrometheusGauge() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        series(label, dimensions) { PrometheusHistogram() }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, dimensions) { PrometheusHistogram() }
    }

    // Metrics live as long as the process.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
