import Synchronization

/// How long each step of one request took, for `server-timing` and the metrics.
///
/// A class, since the steps of one request report into it from below the handler that reads it at the end.
package final class Timeline: Sendable {
    /// Nanoseconds; negative for a step that did not end.
    private let registry = Atomic<Int64>(-1)
    private let features = Atomic<Int64>(-1)
    private let modelCalls = Atomic<Int64>(-1)

    private let found = AtomicLazyReference<ModelMetrics>()

    /// Nil: the request is not traced.
    package let trace: RequestTrace?

    package init(trace: RequestTrace? = nil) {
        self.trace = trace
    }

    /// Where the request counts, once its model was found.
    package var model: ModelMetrics? { found.load() }

    func found(_ model: ModelMetrics) {
        _ = found.storeIfNil(model)
    }

    /// Runs a step and notes its duration, also when it throws.
    ///
    /// - Parameters:
    ///   - step: the one that is measured.
    ///   - operation: gets the step's place in the request's trace, for the calls that it makes.
    package func measure<Value, Failure: Error>(
        _ step: PalantirError.Step,
        _ operation: (TraceStage?) async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let start = ContinuousClock.now
        let stage = trace?.stage(step, at: start)
        var failure: Failure?
        defer {
            let end = ContinuousClock.now
            let nanoseconds = Int64(start.duration(to: end) / .nanoseconds(1))
            switch step {
            case .registry: registry.store(nanoseconds, ordering: .relaxed)
            case .features: features.store(nanoseconds, ordering: .relaxed)
            case .model: modelCalls.store(nanoseconds, ordering: .relaxed)
            }
            stage?.end(at: end, failure)
        }
        do throws(Failure) {
            return try await operation(stage)
        } catch {
            failure = error
            throw error
        }
    }

    /// A step's duration in nanoseconds; nil if it did not end.
    package func nanoseconds(of step: PalantirError.Step) -> Int64? {
        let nanoseconds =
            switch step {
            case .registry: registry.load(ordering: .relaxed)
            case .features: features.load(ordering: .relaxed)
            case .model: modelCalls.load(ordering: .relaxed)
            }
        return nanoseconds < 0 ? nil : nanoseconds
    }
}
