import NIOCore

/// The moment by which a request must be answered. Every wait inside gets what is left of it.
package struct Deadline: Hashable, Comparable, Sendable {
    package let instant: ContinuousClock.Instant

    package init(_ instant: ContinuousClock.Instant) {
        self.instant = instant
    }

    package static func after(_ duration: Duration) -> Deadline {
        Deadline(.now.advanced(by: duration))
    }

    package static var now: Deadline { Deadline(.now) }

    /// Zero or less when the moment has passed.
    package var remaining: Duration { ContinuousClock.now.duration(to: instant) }

    /// What is left as event loops count it; zero when the moment has passed.
    package var timeAmount: TimeAmount { .nanoseconds(Int64(max(remaining, .zero) / .nanoseconds(1))) }

    package var hasPassed: Bool { remaining <= .zero }

    /// This deadline, or an earlier one that far from now.
    package func lowered(to duration: Duration) -> Deadline {
        min(self, .after(duration))
    }

    package static func < (left: Deadline, right: Deadline) -> Bool {
        left.instant < right.instant
    }

    /// Runs `operation`, which must end when its task is cancelled, for no longer than the deadline allows.
    ///
    /// - Returns: nil if the deadline passed first.
    package func limit<Value: Sendable>(
        _ operation: @Sendable @escaping () async -> Value
    ) async -> Value? {
        await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                try? await Task.sleep(until: instant, clock: .continuous)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap(\.self)
        }
    }
}

extension PalantirError {
    /// The steps of a prediction that may wait, as a caller reads them in an error.
    package enum Step: String, CaseIterable, Sendable {
        case registry, features, model
    }

    package static func deadlineExceeded(in step: Step) -> PalantirError {
        PalantirError(
            .deadlineExceeded,
            "The request's deadline passed while waiting for the \(step.words); try again, or allow more time.")
    }
}

extension PalantirError.Step {
    fileprivate var words: String {
        switch self {
        case .registry: "model registry (step registry)"
        case .features: "feature store (step features)"
        case .model: "model (step model)"
        }
    }
}
