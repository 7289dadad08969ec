import Metrics
import NIOCore
import Synchronization

/// A count that only grows.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    static let type = "counter"
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        buffer.writeString("\(name)\(labels.braced()) \(value.load(ordering: .relaxed))\n")
    }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler {
    static let type = "gauge"
    private let value = Mutex(0.0)

    func set(_ new: Int64) { value.withLock { $0 = Double(new) } }
    func set(_ new: Double) { value.withLock { $0 = new } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        buffer.writeString("\(name)\(labels.braced()) \(value.withLock { $0 })\n")
    }
}

/// Durations in buckets, in seconds.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    static let type = "histogram"

    /// From half a millisecond, what the hub itself takes, to ten seconds, beyond any request's default deadline.
    private static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    private struct State {
        /// One more than bounds: the last is what lies beyond them.
        var counts = [Int](repeating: 0, count: bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let bucket = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        let state = state.withLock { $0 }
        var total = 0
        for (index, count) in state.counts.enumerated() {
            total += count
            let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
            buffer.writeString("\(name)_bucket\(labels.braced("le=\"\(bound)\"")) \(total)\n")
        }
        buffer.writeString("\(name)_sum\(labels.braced()) \(state.sum)\n")
        buffer.writeString("\(name)_count\(labels.braced()) \(total)\n")
    }
}
