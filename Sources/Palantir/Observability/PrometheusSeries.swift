import Metrics
import NIOCore
import Synchronization

/// One label set of a metric.
protocol PrometheusSeries: AnyObject, Sendable {
    /// As the TYPE line has it.
    static var type: String { get }
    var reading: MetricReading { get }
    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer)
}

/// A count that only grows.
final class PrometheusCounter: PrometheusSeries, CounterHandler {
    static let type = "counter"
    private let value: Atomic<Int64>

    init(_ start: Int = 0) {
        value = Atomic(Int64(start))
    }

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    var count: Int { Int(value.load(ordering: .relaxed)) }
    var reading: MetricReading { .value(Double(count)) }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        buffer.writeString("\(name)\(labels.braced()) \(count)\n")
    }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler {
    static let type = "gauge"
    private let bits: Atomic<UInt64>

    init(_ start: Double = 0) {
        bits = Atomic(start.bitPattern)
    }

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
