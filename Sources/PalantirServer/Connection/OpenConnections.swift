import NIOCore
import Synchronization

/// Bounds the hub's connections: beyond the limit, one that has been idle for long makes room for a new one.
final class OpenConnections: Sendable {
    /// The connections of one event loop; touched on it only.
    final class OfLoop {
        private var handlers: [ObjectIdentifier: ClosingHandler] = [:]

        func add(_ handler: ClosingHandler) {
            handlers[ObjectIdentifier(handler)] = handler
        }

        func remove(_ handler: ClosingHandler) {
            handlers[ObjectIdentifier(handler)] = nil
        }

        /// - Returns: whether there was one that was idle.
        func closeLongestIdle() -> Bool {
            let idle = handlers.values.compactMap { handler in handler.idle.map { (handler, $0) } }
            guard let (handler, _) = idle.min(by: { $0.1 < $1.1 }) else { return false }
            // Now, since it tells of its end only later, and would be chosen twice.
            remove(handler)
            handler.close()
            return true
        }
    }

    private struct Loop: Sendable {
        let eventLoop: any EventLoop
        let connections: NIOLoopBound<OfLoop>

        func closeLongestIdle() -> EventLoopFuture<Bool> {
            eventLoop.submit { connections.value.closeLongestIdle() }
        }
    }

    private let count = Atomic<Int>(0)
    private let loops = Mutex<[Loop]>([])

    /// Counts a connection that was accepted, and makes room for it; on its event loop.
    ///
    /// - Returns: the loop's connections, or nil if all connections have a request to answer.
    func accept(_ channel: any Channel, limit: Int) -> EventLoopFuture<NIOLoopBound<OfLoop>?> {
        let eventLoop = channel.eventLoop
        let (own, others) = loops.withLock { loops in
            let others = loops.filter { $0.eventLoop !== eventLoop }
            if let own = loops.first(where: { $0.eventLoop === eventLoop }) { return (own, others) }
            let own = Loop(eventLoop: eventLoop, connections: NIOLoopBound(OfLoop(), eventLoop: eventLoop))
            loops.append(own)
            return (own, others)
        }
        let open = count.wrappingAdd(1, ordering: .relaxed).newValue
        channel.closeFuture.whenComplete { _ in self.count.wrappingSubtract(1, ordering: .relaxed) }
        guard open > limit, !own.connections.value.closeLongestIdle() else {
            return eventLoop.makeSucceededFuture(own.connections)
        }
        // One loop after the other, until one has an idle connection.
        return others.reduce(eventLoop.makeSucceededFuture(false)) { found, loop in
            found.flatMap { $0 ? eventLoop.makeSucceededFuture(true) : loop.closeLongestIdle().hop(to: eventLoop) }
        }.map { $0 ? own.connections : nil }
    }
}
