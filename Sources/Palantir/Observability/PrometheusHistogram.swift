import Metrics
import NIOCore
import Synchronization

/// Values in buckets. Without a lock: every request records several.
final class PrometheusHistogram: PrometheusSeries, TimerHandler, RecorderHandler {
    static let type = "histogram"

    /// What is counted, and where the buckets end.
    struct Buckets: Sendable {
        /// At most fourteen.
        fileprivate let bounds: [Int64]
        /// How many of what is counted make one of what is written.
        fileprivate let unit: Double
        /// The bounds as they are written; all readings share this array, of which a history keeps thousands.
        fileprivate let written: [Double]

        private init(bounds: [Int64], unit: Double) {
            self.bounds = bounds
            self.unit = unit
            written = bounds.map { Double($0) / unit }
        }

        /// Nanoseconds, written as seconds: from half a millisecond, what the hub itself takes, to ten seconds, beyond any
        /// request's default deadline.
        static let seconds = Buckets(
            bounds: [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000].map { $0 * 1_000 }
                + [1_000, 2_500, 5_000, 10_000].map { $0 * 1_000_000 },
            unit: 1e9)
        /// Entities of one call: up to the most that a call may have.
        static let entities = Buckets(
            bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000, 2_500, 5_000, 10_000], unit: 1)
    }

    private let buckets: Buckets
    private var bounds: [Int64] { buckets.bounds }
    private var unit: Double { buckets.unit }
    /// One more than bounds: the last is what lies beyond them.
    private let counts = InlineArray<15, Atomic<Int>> { _ in Atomic(0) }
    private let sum = Atomic<Int64>(0)

    init(_ buckets: Buckets = .seconds) {
        self.buckets = buckets
    }

    /// Counts one value, in what the buckets count.
    func note(_ value: Int64) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[bucket].wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(value, ordering: .relaxed)
    }

    func note(_ duration: Duration) {
        note(Int64(duration / .nanoseconds(1)))
    }

    func recordNanoseconds(_ duration: Int64) { note(duration) }
    func record(_ value: Int64) { note(value * Int64(unit)) }
    func record(_ value: Double) { note(Int64(value * unit)) }

    var reading: MetricReading { .histogram(histogram) }

    var histogram: HistogramReading {
        HistogramReading(
            bounds: buckets.written,
            counts: (0...bounds.count).map { counts[$0].load(ordering: .relaxed) },
            sum: Double(sum.load(ordering: .relaxed)) / unit)
    }

    func write(_ name: String, _ labels: PrometheusLabels, to buffer: inout ByteBuffer) {
        var total = 0
        for index in 0...bounds.count {
            total += counts[index].load(ordering: .relaxed)
            let bound = index < bounds.count ? "\(buckets.written[index])" : "+Inf"
            buffer.writeString("\(name)_bucket\(labels.braced("le=\"\(bound)\"")) \(total)\n")
        }
        buffer.writeString("\(name)_sum\(labels.braced()) \(Double(sum.load(ordering: .relaxed)) / unit)\n")
        buffer.writeString("\(name)_count\(labels.braced()) \(total)\n")
    }
}
