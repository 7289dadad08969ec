import NIOCore
import NIOHTTP1
import Palantir

/// Refuses a connection whose next request's head does not arrive whole in time, byte by byte though it may come.
///
/// It stands before the decoder, which tells nothing of a head until the last byte of it is there.
final class HeadArrivalHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = HTTPServerResponsePart

    private let timeout: TimeAmount
    /// Bytes came, and no head since.
    private var isArriving = false
    private var arrivingSince: NIODeadline?
    private var timer: Scheduled<Void>?
    /// What a TLS handshake took of the first head's time.
    var takenBefore = TimeAmount.zero
    /// A request that came whole, or whose body is to come, is not answered yet.
    var isAnswering = false

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isArriving = true
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isArriving, !isAnswering, arrivingSince == nil {
            arrivingSince = .now() - takenBefore
            if timer == nil { setTimer(in: timeout - takenBefore, context) }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    /// A request's head, or its end, came out of the decoder.
    func arrived() {
        isArriving = false
        arrivingSince = nil
        takenBefore = .zero
    }

    private func setTimer(in time: TimeAmount, _ context: ChannelHandlerContext) {
        timer = later(in: time, context) { handler, context in handler.timerFired(context) }
    }

    private func timerFired(_ context: ChannelHandlerContext) {
        timer = nil
        guard let arrivingSince, !isAnswering else { return }
        let left = arrivingSince + timeout - .now()
        guard left <= .zero else { return setTimer(in: left, context) }
        let answer = PredictionAnswer.refusal(.arrivedLate)
        context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in bound.value.close(promise: nil) }
    }
}

extension PredictionAnswer {
    /// An answer to what never became a request; the connection is closed with it.
    static func refusal(_ error: PalantirError) -> PredictionAnswer {
        var answer = PredictionAnswer(error: ErrorAnswer(error, requestID: ""), asProblem: false)
        answer.head.headers.add(name: "connection", value: "close")
        return answer
    }
}

extension PalantirError {
    static var arrivedLate: PalantirError {
        PalantirError(.requestTimeout, "The request did not arrive whole in time.")
    }
}
