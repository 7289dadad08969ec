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

    var reading: MetricReading { .value(Double(value.load(ordering: .relaxed))) }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        buffer.writeString("\(name)\(labels.braced()) \(value.load(ordering: .relaxed))\n")
    }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler {
    static let type = "gauge"
    private let bits = Atomic<UInt64>((0.0).bitPattern)

    func set(_ new: Int64) { set(Double(new)) }
    func set(_ new: Double) { bits.store(new.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: known) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: known, desired: new, ordering: .relaxed)
            if exchanged { return }
            known = original
        }
    }
    func decrement(by amount: Double) { increment(by: -amount) }

    var reading: MetricReading { .value(Double(bitPattern: bits.load(ordering: .relaxed))) }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        buffer.writeString("\(name)\(labels.braced()) \(Double(bitPattern: bits.load(ordering: .relaxed)))\n")
    }
}

/// Durations in buckets, in seconds. Without a lock: every request records several.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    static let type = "histogram"

    /// From half a millisecond, what the hub itself takes, to ten seconds, beyond any request's default deadline.
    private static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// One more than bounds: the last is what lies beyond them.
    private let counts = InlineArray<15, Atomic<Int>> { _ in Atomic(0) }
    private let nanoseconds = Atomic<Int64>(0)

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts[bucket].wrappingAdd(1, ordering: .relaxed)
        nanoseconds.wrappingAdd(duration, ordering: .relaxed)
    }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { recordNanoseconds(Int64(value * 1e9)) }

    var reading: MetricReading {
        .histogram(
            HistogramReading(
                bounds: Self.bounds, counts: counts.indices.map { counts[$0].load(ordering: .relaxed) },
                sum: Double(nanoseconds.load(ordering: .relaxed)) / 1e9))
    }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        var total = 0
        for index in counts.indices {
            total += counts[index].load(ordering: .relaxed)
            let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
            buffer.writeString("\(name)_bucket\(labels.braced("le=\"\(bound)\"")) \(total)\n")
        }
        let sum = Double(nanoseconds.load(ordering: .relaxed)) / 1e9
        buffer.writeString("\(name)_sum\(labels.braced()) \(sum)\n")
        buffer.writeString("\(name)_count\(labels.braced()) \(total)\n")
    }
}
