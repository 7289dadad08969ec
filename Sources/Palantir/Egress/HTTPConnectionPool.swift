import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Kept-alive connections to one host and port, for calls that are on a prediction's way.
///
/// It opens as many as there are calls at once; whoever calls bounds those. A call goes out on the event loop that it
/// is made from, if an idle connection of that loop is there.
final class HTTPConnectionPool: Sendable {
    private let connector: EgressConnector
    private let state = Mutex(State())

    /// uvicorn closes a connection after 5 s without a request; one that is about to be closed is not used.
    private static let idleTimeout = Duration.seconds(4)
    /// A connect that takes a second on the networks that models live on does not come.
    private static let connectTimeout = Duration.seconds(1)

    private struct Idle {
        let connection: NIOLoopBound<HTTPConnection>
        let channel: any Channel
        let since: ContinuousClock.Instant
    }

    private struct State {
        var idle: [Idle] = []
        /// Calls under way end, and later ones are made, but no connection is kept: others may be allowed by now.
        var isClosed = false
    }

    init(_ connector: EgressConnector) {
        self.connector = connector
    }

    /// Sends a request; calls back with the whole answer, on an event loop.
    ///
    /// A kept-alive connection that turns out to be closed is replaced by a new one.
    func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, maxAnswerBytes: Int, by deadline: Deadline,
        cancellation: Cancellation, _ completion: @escaping HTTPConnection.Completion
    ) {
        guard !cancellation.isCancelled else { return completion(.failure(.cancelled)) }
        guard let kept = takeIdle() else {
            return connect(by: deadline) { connected in
                switch connected {
                case .success(let connection):
                    connection.value.send(
                        head, body, maxAnswerBytes: maxAnswerBytes, by: deadline, cancellation: cancellation,
                        completion)
                case .failure(let failure): completion(.failure(failure))
                }
            }
        }
        let retrying: HTTPConnection.Completion = { result in
            if case .failure(.unreachable(_, retryable: true)) = result {
                self.send(
                    head, body, maxAnswerBytes: maxAnswerBytes, by: deadline, cancellation: cancellation, completion)
            } else {
                completion(result)
            }
        }
        let send: @Sendable () -> Void = {
            kept.connection.value.send(
                head, body, maxAnswerBytes: maxAnswerBytes, by: deadline, cancellation: cancellation, retrying)
        }
        if kept.channel.eventLoop.inEventLoop { send() } else { kept.channel.eventLoop.execute(send) }
    }

    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in all { connection.channel.close(promise: nil) }
    }

    /// The one used last, so that the others may end; on this event loop if there is one.
    private func takeIdle() -> Idle? {
        let oldest = ContinuousClock.now.advanced(by: .zero - Self.idleTimeout)
        let (found, stale) = state.withLock { state in
            // In the order in which they became idle, so the stale ones stand first.
            let stale = state.idle.prefix { $0.since < oldest }
            if !stale.isEmpty { state.idle.removeFirst(stale.count) }
            let index = state.idle.lastIndex { $0.channel.eventLoop.inEventLoop } ?? state.idle.indices.last
            return (index.map { state.idle.remove(at: $0) }, stale)
        }
        for connection in stale { connection.channel.close(promise: nil) }
        return found
    }

    private func connect(
        by deadline: Deadline,
        _ completion: @escaping @Sendable (Result<NIOLoopBound<HTTPConnection>, EgressClient.Failure>) -> Void
    ) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        let timeout = min(Self.connectTimeout, max(deadline.remaining, .milliseconds(1)))
        connector.connect(on: loop, within: timeout)
            .flatMapThrowing { channel in
                let connection = self.connection(on: channel)
                try channel.pipeline.syncOperations.addHandler(connection)
                return NIOLoopBound(connection, eventLoop: channel.eventLoop)
            }
            .whenComplete { result in
                completion(result.mapError { deadline.hasPassed ? .deadlineExceeded : EgressConnector.failure($0) })
            }
    }

    private func connection(on channel: any Channel) -> HTTPConnection {
        let slot = NIOLoopBoundBox<HTTPConnection?>(nil, eventLoop: channel.eventLoop)
        let connection = HTTPConnection { isIdle in
            if isIdle, let connection = slot.value {
                let idle = Idle(
                    connection: NIOLoopBound(connection, eventLoop: channel.eventLoop), channel: channel, since: .now)
                let isKept = self.state.withLock { state in
                    if !state.isClosed { state.idle.append(idle) }
                    return !state.isClosed
                }
                if !isKept { channel.close(promise: nil) }
            } else {
                slot.value = nil
                self.state.withLock { $0.idle.removeAll { $0.channel === channel } }
            }
        }
        slot.value = connection
        return connection
    }
}
