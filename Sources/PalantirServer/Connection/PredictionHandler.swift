import NIOCore
import NIOHTTP1
import Palantir

/// Takes the predictions out of a connection's requests and answers them on its event loop; all others pass.
///
/// It stands behind `HTTPServerPipelineHandler`, so a request comes only when the one before is answered.
final class PredictionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// What comes is not ours.
        case passing
        case receiving(PredictionRoute, HTTPRequestHead)
        case answering(Task<Void, Never>?)
        /// Answered before the body had come whole; the rest of it is dropped.
        case dropping
    }

    private let controller: PredictionController
    /// A body that holds more is worked on elsewhere: ten thousand ids take tens of milliseconds, in which the event loop
    /// would answer nobody else.
    private static let largestOnLoop = 16_384
    private var limits: Reloadable<RequestLimits>.Copy
    private var keys: Reloadable<APIKeys>.Copy
    private var maxBodyBytes: Int
    private var state = State.passing
    private var executor: EventLoopExecutor?
    private var body: ByteBuffer?
    /// The end of a request of ours is still to come.
    private var isArriving = false
    /// The client sends no more; told to those behind us when our answer is out.
    private var isInputClosed = false

    init(_ controller: PredictionController, limits: Reloadable<RequestLimits>, keys: Reloadable<APIKeys>) {
        self.controller = controller
        self.keys = Reloadable<APIKeys>.Copy(of: keys)
        self.limits = Reloadable<RequestLimits>.Copy(of: limits)
        maxBodyBytes = limits.current.maxBodyBytes
    }

    func handlerAdded(context: ChannelHandlerContext) {
        executor = EventLoopExecutor(context.eventLoop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), _):
            guard let route = PredictionRoute(head) else {
                state = .passing
                return context.fireChannelRead(data)
            }
            state = .receiving(route, head)
            isArriving = true
            maxBodyBytes = limits.current().maxBodyBytes
            // One that says how long it is needs not be read to be refused.
            let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if length > maxBodyBytes { answer(route, head, nil, context) }
        case (.body(var part), .receiving(let route, let head)):
            let size = (body?.readableBytes ?? 0) + part.readableBytes
            // The usual body is one part, which is taken as it is.
            if body?.writeBuffer(&part) == nil { body = part }
            if size > maxBodyBytes { answer(route, head, nil, context) }
        case (.end, .receiving(let route, let head)):
            isArriving = false
            answer(route, head, body ?? ByteBuffer(), context)
        case (.end, .answering): isArriving = false
        case (.end, .dropping):
            isArriving = false
            state = .passing
        case (.body, .answering), (.body, .dropping): break
        case (_, .passing): context.fireChannelRead(data)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event, case .answering = state {
            isInputClosed = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Nobody is there for the answer any more.
        if case .answering(let task) = state { task?.cancel() }
        context.fireChannelInactive()
    }

    /// - Parameter body: nil if it is too large.
    private func answer(
        _ route: PredictionRoute, _ head: HTTPRequestHead, _ body: ByteBuffer?, _ context: ChannelHandlerContext
    ) {
        state = .answering(nil)
        self.body = nil
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let (limits, keys) = (limits.current(), keys.current())
        // A handler has no task that these could be children of; the connection owns them, and cancels them when it ends.
        if let body, body.readableBytes > Self.largestOnLoop {
            let loop = context.eventLoop
            let elsewhere = Task(executorPreference: globalConcurrentExecutor) { [controller] in
                let answer = await controller.answer(route, head, body, within: limits, keys: keys)
                loop.execute {
                    let (handler, context) = bound.value
                    handler.write(answer, isKeptAlive: head.isKeepAlive, context)
                }
            }
            return state = .answering(elsewhere)
        }
        let task = Task.immediate(executorPreference: executor) { [controller] in
            let answer = await controller.answer(route, head, body, within: limits, keys: keys)
            let (handler, context) = bound.value
            handler.write(answer, isKeptAlive: head.isKeepAlive, context)
        }
        if case .answering = state { state = .answering(task) }
    }

    private func write(_ answer: PredictionAnswer, isKeptAlive: Bool, _ context: ChannelHandlerContext) {
        state = isArriving ? .dropping : .passing
        guard context.channel.isActive else { return }
        var head = answer.head
        if !isKeptAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        if isKeptAlive {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
        }
        if isInputClosed {
            isInputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }
}

/// The two paths of predictions, which are the same.
enum PredictionRoute: String, CaseIterable, Sendable {
    case predict = "/predict"
    case predictions = "/predictions"

    /// - Returns: nil for every other request; other methods of these paths are the router's to refuse.
    init?(_ head: HTTPRequestHead) {
        guard head.method == .POST else { return nil }
        if let route = Self(rawValue: head.uri) {
            self = route
            return
        }
        // As the router reads paths: without the query, and a slash at the end means nothing.
        var path = head.uri.prefix { $0 != "?" }
        while path.count > 1, path.last == "/" { path.removeLast() }
        self.init(rawValue: String(path))
    }
}
