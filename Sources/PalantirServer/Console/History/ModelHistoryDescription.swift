import NIOCore
import Palantir

/// One model's last ten minutes, summed up or second by second.
struct ModelHistoryDescription {
    private var points: [HistoryPoints.ModelPoint] = []
    private var requests = 0
    private var errors: [String: Int] = [:]
    private var latency: HistogramReading?

    /// The models that were asked, by name.
    static func all(_ history: HistoryPoints) -> [(name: String, description: Self)] {
        var found: [ExactText: Self] = [:]
        for point in history.models { found[point.model, default: Self()].add(point) }
        return found.map { ($0.key.text, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// One of them, which may not have been asked.
    static func one(_ name: String, in history: HistoryPoints) -> Self {
        let name = ExactText(name)
        return history.models.reduce(into: Self()) { if $1.model == name { $0.add($1) } }
    }

    private mutating func add(_ point: HistoryPoints.ModelPoint) {
        points.append(point)
        requests += point.requests
        errors.merge(point.errors, uniquingKeysWith: +)
        if let reading = point.latency { latency.add(reading) }
    }

    /// - Parameter end: the last second, in seconds since 1970.
    func writeSummary(to object: inout JSONObjectWriter, end: Int) {
        object.member("requests", number: requests)
        object.member("errors") { buffer in
            buffer.writeJSONObject { object in
                for (code, count) in errors.sorted(by: { $0.key < $1.key }) { object.member(code, number: count) }
            }
        }
        object.member("p50_ms") { $0.writeMeasure(latency?.quantile(0.5).map { $0 * 1_000 }) }
        object.member("p99_ms") { $0.writeMeasure(latency?.quantile(0.99).map { $0 * 1_000 }) }
        // Requests in each ten seconds, the last ones last.
        var recent = Array(repeating: 0, count: HistoryPoints.seconds / 10)
        for point in points {
            let age = (end - point.time) / 10
            if age >= 0, age < recent.count { recent[recent.count - 1 - age] += point.requests }
        }
        object.member("recent", array: recent) { $0.writeDecimal($1) }
    }

    /// The seconds in which it was asked.
    func writePoints(to object: inout JSONObjectWriter) {
        object.member("times", array: points) { $0.writeDecimal($1.time) }
        object.member("requests", array: points) { $0.writeDecimal($1.requests) }
        object.member("latency_ms") { buffer in
            buffer.writeJSONObject { object in
                for (name, part) in [("p50", 0.5), ("p99", 0.99)] {
                    object.member(name, array: points) {
                        $0.writeMeasure($1.latency?.quantile(part).map { $0 * 1_000 })
                    }
                }
            }
        }
        object.member("errors") { buffer in
            buffer.writeJSONObject { object in
                for code in errors.keys.sorted() {
                    object.member(code, array: points) { $0.writeDecimal($1.errors[code] ?? 0) }
                }
            }
        }
    }
}
