import Foundation
import NIOCore

/// What came of the requests.
struct Report: Sendable {
    private let order: Order
    private var latencies: [Int64] = []
    private var errors = 0
    var sent = 0
    var answeredInTime = 0
    /// Whether all requests are due already.
    var isLast = false

    init(_ order: Order) {
        self.order = order
        latencies.reserveCapacity(Int(order.rate * order.seconds) + 1)
    }

    mutating func add(_ latency: TimeAmount, isError: Bool) {
        latencies.append(latency.nanoseconds)
        if isError { errors += 1 }
    }

    var text: String {
        latencies.map { String(format: "%.3f\n", Double($0) / 1e6) }.joined()
    }

    var json: String {
        let sorted = latencies.sorted()
        // The nearest rank: a latency that was measured, never one between two.
        let percentiles = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)].map { name, share in
            let rank = max(Int((Double(sorted.count) * share).rounded(.up)), 1)
            let milliseconds = sorted.isEmpty ? "null" : String(format: "%.3f", Double(sorted[rank - 1]) / 1e6)
            return "\"\(name)_ms\": \(milliseconds)"
        }
        let achieved = String(format: "%.1f", Double(answeredInTime) / order.seconds)
        let rates = ["\"rate_asked\": \(order.rate)", "\"rate_achieved\": \(achieved)"]
        let counts = ["\"requests\": \(sorted.count)", "\"errors\": \(errors)"]
        return "{" + (rates + percentiles + counts).joined(separator: ", ") + "}"
    }
}
