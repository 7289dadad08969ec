import Synchronization

/// A value that may be replaced while it is in use.
package final class Reloadable<Value: Sendable>: Sendable {
    private let generation = Atomic<UInt64>(0)
    private let value: Mutex<Value>

    package init(_ value: Value) {
        self.value = Mutex(value)
    }

    package var current: Value { value.withLock { $0 } }

    package func replace(with new: Value) {
        value.withLock { $0 = new }
        // After the value: whoever sees the new number finds it.
        generation.wrappingAdd(1, ordering: .releasing)
    }

    /// Makes a new value of the old one.
    ///
    /// - Returns: the new one.
    @discardableResult
    package func update(_ change: (inout Value) -> Void) -> Value {
        let new = value.withLock { value in
            change(&value)
            return value
        }
        generation.wrappingAdd(1, ordering: .releasing)
        return new
    }

    /// One reader's own copy, which is taken anew only after a change: on a request's way no lock is shared.
    package struct Copy {
        private let source: Reloadable
        private var generation: UInt64
        private var value: Value

        package init(of source: Reloadable) {
            self.source = source
            generation = source.generation.load(ordering: .acquiring)
            value = source.current
        }

        package mutating func current() -> Value {
            let latest = source.generation.load(ordering: .acquiring)
            if latest != generation {
                generation = latest
                value = source.current
            }
            return value
        }
    }
}
