import NIOCore
import NIOPosix
import Synchronization

/// A connection to a feature store, used by one thread at a time.
protocol StoreConnection: AnyObject, Sendable {
    /// False once the connection broke: it is closed instead of used again.
    var isUsable: Bool { get }
    func close()
}

/// A bounded pool of blocking connections, with a thread for each: blocking C calls never run on an event loop or on
/// the cooperative pool, and a caller whose deadline passes goes on without waiting for them.
///
/// There are as many threads as connections, so a thread always finds a connection idle or may open one.
final class ConnectionPool<Connection: StoreConnection>: Sendable {
    private let threads: NIOThreadPool
    private let limit: Int
    private let open: @Sendable () throws(PalantirError) -> Connection
    private let state = Mutex(State())

    private struct State {
        /// The last one used is first, so that the others may time out on the server.
        var idle: [Connection] = []
        var busy = 0
        /// Why no connection could be opened the last time, and when that was.
        var refusal: (error: PalantirError, at: ContinuousClock.Instant)?
        var isShutDown = false
    }

    /// A store that was just waited for in vain is not waited for again by each look-up that waits, one connect timeout
    /// after the other. One that refuses at once may be asked again at once.
    private static var longRefusal: Duration { .milliseconds(50) }
    private static var refusalLifetime: Duration { .milliseconds(100) }

    init(limit: Int, open: @escaping @Sendable () throws(PalantirError) -> Connection) {
        self.limit = limit
        self.open = open
        threads = NIOThreadPool(numberOfThreads: limit)
        threads.start()
    }

    var use: ConnectionUse {
        state.withLock { ConnectionUse(open: $0.idle.count + $0.busy, busy: $0.busy, limit: limit) }
    }

    /// Runs `work` on a connection's thread.
    ///
    /// - Parameter afterwards: done on the same connection when the caller has its answer already.
    func run<Value: Sendable>(
        by deadline: Deadline, _ work: @escaping @Sendable (Connection) throws(PalantirError) -> Value,
        afterwards: @escaping @Sendable (Connection) -> Void = { _ in }
    ) async throws(PalantirError) -> Value {
        guard !deadline.hasPassed else { throw .deadlineExceeded(in: .features) }
        let pending = Pending<Result<Value, PalantirError>>()
        submit({ pending.isOver ? nil : pending }) { connection, _ throws(PalantirError) in
            try work(connection)
        } afterwards: { connection, _ in
            afterwards(connection)
        } completion: { pending, result in
            pending.settle(result)
        }
        let late = Result<Value, PalantirError>.failure(.deadlineExceeded(in: .features))
        return try await pending.value(by: deadline, late: late, cancelled: late).get()
    }

    /// Runs `work` on a connection's thread and calls back there, exactly once.
    ///
    /// Work that fails on a connection that had been idle, because the server has closed it meanwhile, is done once
    /// more on a new one: look-ups change nothing, so they may be repeated.
    ///
    /// - Parameters:
    ///   - take: what is to be done, asked when the thread is there; nil if nobody waits for it any more.
    ///   - afterwards: done on the same connection when the caller has its answer already.
    func submit<Input, Value>(
        _ take: @escaping @Sendable () -> Input?,
        _ work: @escaping @Sendable (Connection, Input) throws(PalantirError) -> Value,
        afterwards: @escaping @Sendable (Connection, Input) -> Void,
        completion: @escaping @Sendable (Input, Result<Value, PalantirError>) -> Void
    ) {
        threads.submit { state in
            guard let input = take() else { return }
            guard state == .active else {
                return completion(input, .failure(.featureStoreUnavailable("it is being shut down", cause: nil)))
            }
            let (result, connection) = self.perform { connection throws(PalantirError) in try work(connection, input) }
            completion(input, result)
            guard let connection else { return }
            if connection.isUsable { afterwards(connection, input) }
            self.giveBack(connection)
        }
    }

    /// How many of the connections one table's look-ups may have: half, so that a busy table leaves some to others, and
    /// no more than every second processor could feed. Fewer statements at once are larger ones: on two processors one
    /// at a time answers an eighth more than two do.
    var connectionsPerTable: Int { max(min(limit, System.coreCount) / 2, 1) }

    func shutdown() async {
        try? await threads.shutdownGracefully()
        let idle = state.withLock { state in
            state.isShutDown = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.close() }
    }

    // MARK: - On a thread of the pool

    private func perform<Value>(
        _ work: (Connection) throws(PalantirError) -> Value
    ) -> (Result<Value, PalantirError>, Connection?) {
        let idle = state.withLock { state in
            state.busy += 1
            return state.idle.popLast()
        }
        if let idle {
            let result = Result { () throws(PalantirError) in try work(idle) }
            if idle.isUsable { return (result, idle) }
            idle.close()
        }
        do throws(PalantirError) {
            let fresh = try openUnlessRefused()
            return (Result { () throws(PalantirError) in try work(fresh) }, fresh)
        } catch {
            state.withLock { $0.busy -= 1 }
            return (.failure(error), nil)
        }
    }

    private func openUnlessRefused() throws(PalantirError) -> Connection {
        if let refusal = state.withLock({ $0.refusal }), refusal.at.duration(to: .now) < Self.refusalLifetime {
            throw refusal.error
        }
        let begun = ContinuousClock.now
        do throws(PalantirError) {
            return try open()
        } catch {
            let now = ContinuousClock.now
            if begun.duration(to: now) >= Self.longRefusal { state.withLock { $0.refusal = (error, now) } }
            throw error
        }
    }

    private func giveBack(_ connection: Connection) {
        let isKept = state.withLock { state in
            state.busy -= 1
            guard connection.isUsable, !state.isShutDown else { return false }
            state.idle.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }
}
