import Synchronization

/// How long each step of one request took, for `server-timing` and the metrics.
///
/// A class, since the steps of one request report into it from below the handler that reads it at the end.
package final class Timeline: Sendable {
    private let durations = Mutex<[(step: PalantirError.Step, duration: Duration)]>([])

    package init() {}

    /// Runs a step and notes its duration, also when it throws.
    package func measure<Value: Sendable, Failure: Error>(
        _ step: PalantirError.Step,
        _ operation: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let start = ContinuousClock.now
        defer {
            let duration = start.duration(to: .now)
            durations.withLock { $0.append((step, duration)) }
        }
        return try await operation()
    }

    /// In the order in which the steps ended.
    package var steps: [(step: PalantirError.Step, duration: Duration)] {
        durations.withLock { $0 }
    }
}
