import Synchronization

/// What calls are for that several callers share.
package enum BatchKind: String, Sendable {
    case lookUp = "look_up"
    case invocation
}

/// What the hub counts of calls that several callers share: look-ups, or invocations.
package final class BatchMetrics: Sendable {
    private let entities = PrometheusHistogram(.entities)
    private let waits = PrometheusHistogram()
    private let waiting = Atomic<Int>(0)

    package init() {}

    /// A call leaves.
    func left(entities count: Int) {
        entities.note(Int64(count))
    }

    /// A caller has waited so long for the call that leaves with its entities.
    func waited(_ duration: Duration) {
        waits.note(duration)
    }

    /// So many entities more wait now, or fewer.
    func waiting(change: Int) {
        if change != 0 { waiting.wrappingAdd(change, ordering: .relaxed) }
    }

    /// The sizes of the calls that left, and how many entities wait for one now.
    package var reading: (entities: HistogramReading, waiting: Int) {
        (entities.histogram, waiting.load(ordering: .relaxed))
    }

    package func write(_ batch: BatchKind, to text: inout PrometheusText) {
        let label = [("batch", batch.rawValue)]
        text.add(entities, to: MetricNames.batchEntities, label)
        text.add(waits, to: MetricNames.batchWait, label)
        text.set(MetricNames.batchWaiting, Double(waiting.load(ordering: .relaxed)), label)
    }
}
