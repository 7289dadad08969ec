import Logging
import ServiceLifecycle
import Synchronization

/// Asks the feature store again and again whether it answers: for readiness, and so that the first request finds a
/// connection open.
package final class FeatureStoreProbe: Service {
    private let store: any FeatureStore
    private let logger: Logger
    private let state = Mutex<State>(.unknown)

    /// Between two checks of a store that answers.
    private static let interval = Duration.seconds(2)
    private static let firstRetry = Duration.milliseconds(250)
    private static let timeout = Duration.seconds(2)

    package enum State: Sendable {
        /// Not asked yet.
        case unknown
        case reachable
        case unreachable(PalantirError)
    }

    package init(store: any FeatureStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    package var current: State { state.withLock { $0 } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                failures = await self.check() ? 0 : failures + 1
                let pause =
                    failures == 0 ? Self.interval : min(Self.firstRetry * (1 << min(failures - 1, 10)), Self.interval)
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// - Returns: whether the store answered.
    private func check() async -> Bool {
        do {
            try await store.check(by: .after(Self.timeout))
            if case .unreachable = change(to: .reachable) { logger.info("The feature store answers again") }
            return true
        } catch {
            if Task.isCancelled { return false }
            if case .unreachable = change(to: .unreachable(error)) { return false }
            logger.warning(
                "The feature store does not answer; it is tried again",
                metadata: ["error": "\(error.message)", "cause": "\(error.cause ?? "none")"])
            return false
        }
    }

    /// - Returns: the state before.
    private func change(to new: State) -> State {
        state.withLock { state in
            defer { state = new }
            return state
        }
    }
}
