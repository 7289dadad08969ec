import Synchronization

/// A value that a test's server changes when it is stopped and started again.
package final class Slot<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    package init() {}

    package var value: Value? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
