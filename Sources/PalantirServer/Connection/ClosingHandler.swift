import NIOCore
import NIOHTTP1

/// Ends kept-alive connections: one that nobody uses after a minute, and at shutdown each without losing a request. The
/// next answer then says `connection: close`, and a connection that is idle gets a moment in which a request that is
/// already on its way may still arrive.
///
/// Hummingbird closes idle connections at once, and a request that crosses with the close is reset.
final class ClosingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Longer than clients under load pause between two requests, shorter than an operator notices.
    private static let linger = TimeAmount.milliseconds(500)
    /// What most clients and proxies keep an unused connection.
    private static let idleTimeout = TimeAmount.seconds(60)

    private let head: HeadArrivalHandler
    private let connections: OpenConnections.OfLoop
    private var context: ChannelHandlerContext?
    private var isDraining = false
    /// Requests that came and are not answered.
    private var requests = 0 {
        didSet { head.isAnswering = requests > 0 }
    }
    private var idleSince = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(head: HeadArrivalHandler, connections: OpenConnections.OfLoop) {
        self.head = head
        self.connections = connections
    }

    /// Since when nobody has asked anything; nil while a request is answered.
    var idle: NIODeadline? { requests == 0 ? idleSince : nil }

    func close() {
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        connections.add(self)
        setTimer(in: Self.idleTimeout, context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isDraining = true
        timer?.cancel()
        if requests == 0 { setTimer(in: Self.linger, context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            requests += 1
            head.arrived()
        case .body: break
        case .end: head.arrived()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where isDraining:
            head.headers.replaceOrAdd(name: "connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end where isDraining:
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
            written.futureResult.cascade(to: promise)
            context.writeAndFlush(data, promise: written)
        case .end:
            requests -= 1
            if requests == 0 { idleSince = .now() }
            context.write(data, promise: promise)
        default: context.write(data, promise: promise)
        }
    }

    /// Reads on while a request is answered: to stop and to start again would cost two system calls a request. A client
    /// that sends requests ahead is stopped at the second.
    func channelReadComplete(context: ChannelHandlerContext) {
        if requests <= 1 { context.read() }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        connections.remove(self)
        timer?.cancel()
        context.fireChannelInactive()
    }

    /// One timer a connection, set anew when it fires: requests come far more often.
    private func setTimer(in time: TimeAmount, _ context: ChannelHandlerContext) {
        timer = later(in: time, context) { handler, context in handler.timerFired(context) }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        guard requests == 0 else {
            // While it drains, the answer that is still to come closes the connection.
            if !isDraining { setTimer(in: Self.idleTimeout, context) }
            return
        }
        let left = idleSince + Self.idleTimeout - .now()
        if isDraining || left <= .zero { context.close(promise: nil) } else { setTimer(in: left, context) }
    }
}
