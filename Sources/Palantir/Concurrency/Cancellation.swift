import Synchronization

/// Tells work that is under way that nobody waits for it any more.
package final class Cancellation: Sendable {
    private enum State {
        case open([@Sendable () -> Void])
        case cancelled
    }

    private let state = Mutex<State>(.open([]))

    package init() {}

    package var isCancelled: Bool {
        state.withLock { if case .cancelled = $0 { true } else { false } }
    }

    package func cancel() {
        let handlers = state.withLock { state -> [@Sendable () -> Void] in
            guard case .open(let handlers) = state else { return [] }
            state = .cancelled
            return handlers
        }
        for handler in handlers { handler() }
    }

    /// Calls back when it is cancelled, from any thread; at once if it was already.
    package func onCancel(_ handler: @escaping @Sendable () -> Void) {
        let isCancelled = state.withLock { state in
            guard case .open(let handlers) = state else { return true }
            state = .open(handlers + [handler])
            return false
        }
        if isCancelled { handler() }
    }
}
