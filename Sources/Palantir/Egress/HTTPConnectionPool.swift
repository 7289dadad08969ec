import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Kept-alive connections to one host and port, for calls that are on a prediction's way.
///
/// It opens as many as there are calls at once; whoever calls bounds those. A call goes out on the event loop that it
/// is made from, if an idle connection of that loop is there.
final class HTTPConnectionPool: Sendable {
    private let host: String
    private let port: Int
    private let isSecure: Bool
    private let addresses: HostAddresses
    private let idle = Mutex<[Idle]>([])

    /// uvicorn closes a connection after 5 s without a request; one that is about to be closed is not used.
    private static let idleTimeout = Duration.seconds(4)
    /// A connect that takes a second on the networks that models live on does not come.
    private static let connectTimeout = Duration.seconds(1)

    private struct Idle {
        let connection: NIOLoopBound<HTTPConnection>
        let channel: any Channel
        let since: ContinuousClock.Instant
    }

    init(host: String, port: Int, isSecure: Bool) {
        self.host = host
        self.port = port
        self.isSecure = isSecure
        addresses = HostAddresses(host: host, port: port)
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
        let all = idle.withLock { idle in
            defer { idle = [] }
            return idle
        }
        for connection in all { connection.channel.close(promise: nil) }
    }

    /// The one used last, so that the others may end; on this event loop if there is one.
    private func takeIdle() -> Idle? {
        let oldest = ContinuousClock.now.advanced(by: .zero - Self.idleTimeout)
        let (found, stale) = idle.withLock { idle in
            // In the order in which they became idle, so the stale ones stand first.
            let stale = idle.prefix { $0.since < oldest }
            if !stale.isEmpty { idle.removeFirst(stale.count) }
            let index = idle.lastIndex { $0.channel.eventLoop.inEventLoop } ?? idle.indices.last
            return (index.map { idle.remove(at: $0) }, stale)
        }
        for connection in stale { connection.channel.close(promise: nil) }
        return found
    }

    private func connect(
        by deadline: Deadline,
        _ completion: @escaping @Sendable (Result<NIOLoopBound<HTTPConnection>, EgressClient.Failure>) -> Void
    ) {
        let group = MultiThreadedEventLoopGroup.singleton
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? group.any()
        let timeout = min(Self.connectTimeout, max(deadline.remaining, .milliseconds(1)))
        ClientBootstrap(group: loop)
            .resolver(KnownAddressResolver(addresses: addresses, eventLoop: loop))
            .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1))))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if self.isSecure { try channel.pipeline.syncOperations.addHandler(self.tlsHandler()) }
                    // The only headers that are sent are ours, from a `ModelURI`, which is valid.
                    try channel.pipeline.syncOperations.addHTTPClientHandlers(
                        position: .last, leftOverBytesStrategy: .dropBytes, enableOutboundHeaderValidation: false,
                        encoderConfiguration: .init())
                    let connection = self.connection(on: channel)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: host, port: port)
            .flatMapThrowing { channel in
                let connection = try channel.pipeline.syncOperations.handler(type: HTTPConnection.self)
                return NIOLoopBound(connection, eventLoop: channel.eventLoop)
            }
            .whenComplete { result in
                completion(
                    result.mapError { error in
                        deadline.hasPassed ? .deadlineExceeded : .unreachable(cause: "\(error)", retryable: true)
                    })
            }
    }

    private func tlsHandler() throws -> NIOSSLClientHandler {
        // A name is checked against the certificate; an address cannot be sent as a name (RFC 6066, section 3).
        let isAddress = (try? SocketAddress(ipAddress: host, port: port)) != nil
        return try NIOSSLClientHandler(context: Self.tls.get(), serverHostname: isAddress ? nil : host)
    }

    /// The machine's trusted certificates, read once.
    private static let tls = Result { try NIOSSLContext(configuration: .makeClientConfiguration()) }

    private func connection(on channel: any Channel) -> HTTPConnection {
        let slot = NIOLoopBoundBox<HTTPConnection?>(nil, eventLoop: channel.eventLoop)
        let connection = HTTPConnection { isIdle in
            if isIdle, let connection = slot.value {
                let idle = Idle(
                    connection: NIOLoopBound(connection, eventLoop: channel.eventLoop), channel: channel, since: .now)
                self.idle.withLock { $0.append(idle) }
            } else {
                slot.value = nil
                self.idle.withLock { $0.removeAll { $0.channel === channel } }
            }
        }
        slot.value = connection
        return connection
    }
}
