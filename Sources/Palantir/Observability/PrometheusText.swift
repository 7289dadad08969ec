import NIOCore

/// Metrics as they are written at one moment, in Prometheus' text format (version 0.0.4).
package struct PrometheusText {
    private var families: [String: Family] = [:]

    struct Family: Sendable {
        let type: String
        var series: [PrometheusLabels: any PrometheusSeries] = [:]
    }

    package init() {}

    init(_ families: [String: Family]) {
        self.families = families
    }

    /// A value that goes up and down.
    package mutating func set(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
        add(PrometheusGauge(value), to: name, labels)
    }

    /// A count since the start.
    package mutating func count(_ name: String, _ count: Int, _ labels: [(String, String)] = []) {
        add(PrometheusCounter(count), to: name, labels)
    }

    mutating func add<Series: PrometheusSeries>(_ series: Series, to name: String, _ labels: [(String, String)]) {
        families[name, default: Family(type: Series.type)].series[PrometheusLabels(labels)] = series
    }

    /// What some metrics hold now, without their text.
    package func readings(of names: Set<String>) -> [MetricSeries] {
        names.flatMap { name in
            families[name].map { family in
                family.series.map { MetricSeries(name: name, labels: $0.values, reading: $1.reading) }
            } ?? []
        }
    }

    /// All metrics, by name.
    package func write(to buffer: inout ByteBuffer) {
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            if let help = MetricNames.help[name] { buffer.writeString("# HELP \(name) \(help)\n") }
            buffer.writeString("# TYPE \(name) \(family.type)\n")
            for (labels, series) in family.series.sorted(by: { $0.key.text < $1.key.text }) {
                series.write(name, labels, to: &buffer)
            }
        }
    }
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

    /// Equal byte for byte: Swift's `String` holds canonical equivalents for equal, and models may be called so.
    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
