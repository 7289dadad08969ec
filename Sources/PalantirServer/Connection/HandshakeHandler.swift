import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// Cuts a client that does not finish its TLS handshake in time, and keeps what goes wrong with TLS from those behind: that
/// a client gives up is no news.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeout: TimeAmount
    private let head: HeadArrivalHandler
    private let logger: Logger
    private let opened = NIODeadline.now()
    private var timer: Scheduled<Void>?

    /// - Parameters:
    ///   - timeout: what the handshake and the first request's head have together.
    ///   - head: learns how much of it is left.
    init(timeout: TimeAmount, head: HeadArrivalHandler, logger: Logger) {
        self.timeout = timeout
        self.head = head
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        timer = later(in: timeout, context) { handler, context in
            handler.logger.debug("A client did not finish its TLS handshake in time")
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            timer?.cancel()
            head.takenBefore = .now() - opened
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("A TLS connection failed or broke off", metadata: ["error": "\(error)"])
        // One whose client only stopped sending may still get its answer.
        if let error = error as? NIOSSLError, error == .uncleanShutdown { return }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }
}
