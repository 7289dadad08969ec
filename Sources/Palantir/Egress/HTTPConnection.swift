import NIOCore
import NIOHTTP1

/// One kept-alive HTTP/1.1 connection, one exchange at a time, all on its event loop.
///
/// It does what a model's API needs and no more; AsyncHTTPClient's way costs several thread hops an exchange, which is
/// most of what a small model takes.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPClientRequestPart

    typealias Completion = @Sendable (Result<EgressClient.Answer, EgressClient.Failure>) -> Void

    /// An exchange that was begun.
    private struct Exchange {
        let completion: Completion
        let maxAnswerBytes: Int
        let deadline: Deadline
        let number: UInt64
        var head: HTTPResponseHead?
        var body: ByteBuffer?
    }

    private var exchange: Exchange?
    private var exchanges: UInt64 = 0
    /// The deadline that the timer was set for. It goes on when its exchange has ended: most end in time, and the next
    /// one's deadline is mostly later.
    private var timerDeadline: Deadline?
    private var context: ChannelHandlerContext?
    /// Told once, when the connection is idle again (true) or of no more use (false).
    private let onIdle: (Bool) -> Void

    init(onIdle: @escaping (Bool) -> Void) {
        self.onIdle = onIdle
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    /// Sends a request and calls back with its whole answer. On the event loop, and only when idle.
    func send(
        _ head: HTTPRequestHead, _ body: ByteBuffer, maxAnswerBytes: Int, by deadline: Deadline,
        cancellation: Cancellation, _ completion: @escaping Completion
    ) {
        guard let context, context.channel.isActive else {
            return completion(.failure(.unreachable(cause: "the connection was closed", retryable: true)))
        }
        exchanges += 1
        exchange = Exchange(
            completion: completion, maxAnswerBytes: maxAnswerBytes, deadline: deadline, number: exchanges)
        failWhenCancelled(cancellation, exchanges, context)
        if timerDeadline.map({ deadline < $0 }) ?? true { setTimer(for: deadline, context) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        acknowledgeQuickly(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard exchange != nil else { return context.close(promise: nil) }
            // 100 Continue and its like come before the answer.
            if (100..<200).contains(head.status.code) { return }
            // None was asked for, and a small body may inflate to any size.
            if let encoding = head.contentEncoding { return fail(.answerEncoded(encoding)) }
            exchange?.head = head
        case .body(var part):
            guard let limit = exchange?.maxAnswerBytes else { return }
            let size = (exchange?.body?.readableBytes ?? 0) + part.readableBytes
            guard size <= limit else { return fail(.answerTooLarge) }
            // The usual answer is one part, which is taken as it is.
            if exchange?.body?.writeBuffer(&part) == nil { exchange?.body = part }
        case .end: finish(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        if let exchange {
            let nothingCame = exchange.head == nil
            complete(.failure(.unreachable(cause: "the connection was closed early", retryable: nothingCame)))
        }
        onIdle(false)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let exchange {
            let nothingCame = exchange.head == nil && !(error is HTTPParserError)
            complete(.failure(.unreachable(cause: "\(error)", retryable: nothingCame)))
        }
        context.close(promise: nil)
    }

    /// A call that nobody waits for any more ends with its connection, which makes room for the next.
    private func failWhenCancelled(_ cancellation: Cancellation, _ number: UInt64, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        cancellation.onCancel {
            loop.execute {
                if bound.value.exchange?.number == number { bound.value.fail(.cancelled) }
            }
        }
    }

    private func setTimer(for deadline: Deadline, _ context: ChannelHandlerContext) {
        timerDeadline = deadline
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: deadline.timeAmount) {
            let (connection, context) = bound.value
            connection.timerFired(for: deadline, context)
        }
    }

    private func timerFired(for deadline: Deadline, _ context: ChannelHandlerContext) {
        // An earlier deadline has set another timer since.
        guard timerDeadline == deadline else { return }
        timerDeadline = nil
        guard let exchange else { return }
        if exchange.deadline.hasPassed { fail(.deadlineExceeded) } else { setTimer(for: exchange.deadline, context) }
    }

    private func finish(_ context: ChannelHandlerContext) {
        guard let exchange, let head = exchange.head else { return }
        self.exchange = nil
        // Idle before the answer is told: whoever hears it may have the next request at hand.
        if head.isKeepAlive { onIdle(true) } else { context.close(promise: nil) }
        exchange.completion(
            .success(
                EgressClient.Answer(
                    status: Int(head.status.code), headers: head.headers, body: exchange.body ?? ByteBuffer())))
    }

    private func fail(_ failure: EgressClient.Failure) {
        guard let exchange else { return }
        // Taken first: closing tells us that the connection broke, which is not what happened to the exchange.
        self.exchange = nil
        // The rest of the answer may come whenever it likes: the connection is of no more use.
        context?.close(promise: nil)
        exchange.completion(.failure(failure))
    }

    private func complete(_ result: Result<EgressClient.Answer, EgressClient.Failure>) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.completion(result)
    }

    /// A server without `TCP_NODELAY` that writes head and body apart waits with the body for our acknowledgement, and
    /// Linux delays that by 40 ms unless told otherwise. The kernel forgets it, so it is told with every request.
    private func acknowledgeQuickly(_ context: ChannelHandlerContext) {
        #if os(Linux)
            try? context.channel.syncOptions?.setOption(
                ChannelOptions.Types.SocketOption(level: .tcp, name: Self.quickAcknowledgement), value: 1)
        #endif
    }

    #if os(Linux)
        /// `TCP_QUICKACK` of tcp(7).
        private static let quickAcknowledgement = NIOBSDSocket.Option(rawValue: 12)
    #endif
}

extension HTTPResponseHead {
    /// How the body is encoded; nil if it is as it is.
    var contentEncoding: String? {
        // Most answers have none, and telling so allocates nothing.
        guard headers.contains(name: "content-encoding") else { return nil }
        return headers[canonicalForm: "content-encoding"].first { $0.lowercased() != "identity" }.map(String.init)
    }
}
