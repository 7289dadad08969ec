import Synchronization

/// What the hub counts of one registered model.
///
/// The mirror holds it with the model: a request that has found the model has found it too, labels are names that MLflow
/// knows, and a model that is removed takes its series along. Of a model that nobody asked for there is nothing.
package final class ModelMetrics: Sendable {
    private final class Counts: Sendable {
        let answered = PrometheusCounter()
        /// Of this model alone, and seldom.
        let failures = Mutex<[PalantirError.Code: Int]>([:])
        let duration = PrometheusHistogram()
        let registry = PrometheusHistogram()
        let features = PrometheusHistogram()
        let model = PrometheusHistogram()

        func histogram(of step: PalantirError.Step) -> PrometheusHistogram {
            switch step {
            case .registry: registry
            case .features: features
            case .model: model
            }
        }
    }

    private let known = AtomicLazyReference<Counts>()

    package init() {}

    /// A prediction was answered.
    ///
    /// - Parameters:
    ///   - code: nil if it went well, at least for some of the entities.
    ///   - duration: from the request's head to its answer.
    ///   - timeline: what its steps took.
    package func answered(_ code: PalantirError.Code?, after duration: Duration, _ timeline: Timeline) {
        let counts = known.load() ?? known.storeIfNil(Counts())
        if let code {
            counts.failures.withLock { $0[code, default: 0] += 1 }
        } else {
            counts.answered.increment(by: 1)
        }
        counts.duration.note(duration)
        record(.registry, timeline, counts)
        record(.features, timeline, counts)
        record(.model, timeline, counts)
    }

    private func record(_ step: PalantirError.Step, _ timeline: Timeline, _ counts: Counts) {
        if let nanoseconds = timeline.nanoseconds(of: step) { counts.histogram(of: step).note(nanoseconds) }
    }

    /// What was counted of a model since the start.
    package struct Reading: Sendable {
        /// By code; `OK` is one of them.
        package let codes: [String: Int]
        package let duration: HistogramReading
        package let steps: [PalantirError.Step: HistogramReading]
    }

    /// Nil if nobody asked for the model. Without the labels' text, which costs more than all the rest.
    package var reading: Reading? {
        guard let counts = known.load() else { return nil }
        var codes = [Self.ok: counts.answered.count]
        for (code, count) in counts.failures.withLock({ $0 }) { codes[code.rawValue] = count }
        return Reading(
            codes: codes, duration: counts.duration.histogram,
            steps: Dictionary(
                uniqueKeysWithValues: PalantirError.Step.allCases.map { ($0, counts.histogram(of: $0).histogram) }))
    }

    /// What stands where codes do, if a prediction went well.
    package static let ok = "OK"

    /// Adds the model's series.
    package func write(_ model: String, to text: inout PrometheusText) {
        guard let counts = known.load() else { return }
        let label = ("model", model)
        text.add(counts.answered, to: MetricNames.modelRequests, [label, ("code", Self.ok)])
        for (code, count) in counts.failures.withLock({ $0 }) {
            text.count(MetricNames.modelRequests, count, [label, ("code", code.rawValue)])
        }
        text.add(counts.duration, to: MetricNames.modelDuration, [label])
        for step in PalantirError.Step.allCases {
            text.add(counts.histogram(of: step), to: MetricNames.stepDuration, [("step", step.rawValue), label])
        }
    }
}
