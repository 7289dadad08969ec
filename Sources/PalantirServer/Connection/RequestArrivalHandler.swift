import NIOCore
import NIOHTTP1
import Palantir

/// Answers what never becomes a request: one whose body does not arrive whole in time, one that is not HTTP, and headers
/// over the limit. Each is answered as every other error is, and the connection closed.
///
/// Hummingbird answers a malformed request without a body, and its idle timeout starts anew with every byte.
final class RequestArrivalHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?
    /// A request is being read.
    private var isReading = false
    /// An answer's head went out and its end did not: nothing else may be written.
    private var isAnswering = false
    /// We answered in the router's stead; what it still writes is dropped.
    private var isOver = false

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: isReading = true
        case .body: break
        case .end:
            isReading = false
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    /// Most requests arrive whole in one read, so only here does a request need a timer.
    func channelReadComplete(context: ChannelHandlerContext) {
        if isReading, timer == nil {
            timer = later(in: timeout, context) { handler, context in handler.refuse(.arrivedLate, context) }
        }
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head: isAnswering = true
        case .body: break
        case .end: isAnswering = false
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let parserError = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        switch parserError {
        case .headerOverflow:
            refuse(PalantirError(.headersTooLarge, "The request's headers are over the limit."), context)
        default:
            refuse(.invalid("The request is not valid HTTP/1.1."), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    private func refuse(_ error: PalantirError, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        isOver = true
        guard !isAnswering else { return context.close(promise: nil) }
        let answer = PredictionAnswer.refusal(error)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}
