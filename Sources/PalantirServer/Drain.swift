import Synchronization

/// Whether the hub is about to end: it serves on, and says that it is not ready.
package final class Drain: Sendable {
    private let began = Atomic<Bool>(false)

    package var hasBegun: Bool { began.load(ordering: .relaxed) }

    package func begin() {
        began.store(true, ordering: .relaxed)
    }
}
