import Foundation

/// The thread that starts every server of the tests. It never ends: the system sends a child its parent-death signal
/// when the thread that started it ends, and the threads of Swift's own pools come and go.
///
/// `@unchecked Sendable`: `pending` is touched under `condition`'s lock only.
final class SpawningThread: @unchecked Sendable {
    static let shared = SpawningThread()
    private let condition = NSCondition()
    private var pending: [() -> Void] = []

    private init() {
        Thread.detachNewThread { self.runForever() }
    }

    /// Runs `body` on the thread and waits for it.
    func run(_ body: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            condition.withLock {
                pending.append { continuation.resume(with: Result { try body() }) }
                condition.signal()
            }
        }
    }

    private func runForever() {
        // Swift's pools block most signals, and a child inherits that: no server would hear of SIGTERM.
        var none = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, nil)
        while true {
            let work = condition.withLock {
                while pending.isEmpty { condition.wait() }
                return pending.removeFirst()
            }
            work()
        }
    }
}
