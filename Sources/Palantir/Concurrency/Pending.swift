import NIOCore
import NIOPosix
import Synchronization

/// A value that comes once, from another thread or task, and is waited for no longer than a deadline allows.
///
/// The wait costs one event-loop timer, no task. Who settles first wins; a value that comes after the wait was given up
/// is dropped.
package final class Pending<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case settled(Value)
        case taken
    }

    private let state = Mutex<State>(.empty)

    package init() {}

    /// Whether nobody waits any more, so that work for this value can be left out.
    package var isOver: Bool {
        state.withLock { state in
            switch state {
            case .settled, .taken: true
            case .empty, .waiting: false
            }
        }
    }

    /// Sets the value, unless one was set before.
    package func settle(_ value: Value) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty:
                state = .settled(value)
                return nil
            case .waiting(let continuation):
                state = .taken
                return continuation
            case .settled, .taken: return nil
            }
        }
        continuation?.resume(returning: value)
    }

    /// Waits for the value; called once.
    ///
    /// - Parameters:
    ///   - deadline: when the wait ends.
    ///   - late: the value when the deadline passes first.
    ///   - cancelled: the value when the waiting task is cancelled first.
    package func value(by deadline: Deadline, late: Value, cancelled: Value) async -> Value {
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: deadline.timeAmount) {
            self.settle(late)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let settled = state.withLock { state -> Value? in
                    switch state {
                    case .settled(let value):
                        state = .taken
                        return value
                    case .empty:
                        state = .waiting(continuation)
                        return nil
                    case .waiting, .taken:
                        // A second wait has nothing to wait for.
                        return cancelled
                    }
                }
                if let settled { continuation.resume(returning: settled) }
            }
        } onCancel: {
            settle(cancelled)
        }
    }
}
