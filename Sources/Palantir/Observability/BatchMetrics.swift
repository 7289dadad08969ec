import Synchronization

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

    /// - Parameter batch: what the calls are for.
    package func write(_ batch: String, to text: inout PrometheusText) {
        let label = [("batch", batch)]
        text.add(entities, to: MetricNames.batchEntities, label)
        text.add(waits, to: MetricNames.batchWait, label)
        text.set(MetricNames.batchWaiting, Double(waiting.load(ordering: .relaxed)), label)
    }
}
