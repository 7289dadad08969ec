import NIOCore
import NIOHTTP1

/// One kept-alive connection, one request at a time.
final class Caller: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let load: Load
    private var context: ChannelHandlerContext?
    private var isError = false
    private var keepsAlive = true

    init(_ load: Load) {
        self.load = load
    }

    func send(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let context else { return }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        load.isFree(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isError = !(200..<300).contains(head.status.code)
            keepsAlive = head.isKeepAlive
        case .body: break
        case .end:
            load.answered(self, isError: isError)
            if keepsAlive { load.isFree(self) } else { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.context = nil
        load.isLost(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
