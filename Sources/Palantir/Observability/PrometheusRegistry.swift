import Metrics
import NIOCore
import Synchronization

/// A backend of swift-metrics that keeps every metric in memory.
///
/// It is handed to each metric instead of bootstrapped for the process, so that tests have one each.
package final class PrometheusRegistry: Sendable {
    private let families = Mutex<[String: PrometheusText.Family]>([:])

    package init() {}

    private func series<Series: PrometheusSeries>(
        _ name: String, _ dimensions: [(String, String)], _ make: () -> Series
    ) -> Series {
        let labels = PrometheusLabels(dimensions)
        return families.withLock { families in
            if let known = families[name]?.series[labels] as? Series { return known }
            let series = make()
            families[name, default: PrometheusText.Family(type: Series.type)].series[labels] = series
            return series
        }
    }

    /// All metrics, to which those of the moment may be added.
    package var text: PrometheusText {
        PrometheusText(families.withLock { $0 })
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
