import Logging
import NIOCore

/// Stops accepting for a moment when no descriptor, or no memory for a socket, is left.
///
/// SwiftNIO's own handler means to wait, but after an accept that failed at once the channel stays registered for reading, and
/// the event loop that it shares with connections spins.
final class AcceptPauseHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private static let pause = TimeAmount.milliseconds(250)

    private let logger: Logger
    private var isPaused = false
    /// One line for each time that it begins, not for each attempt.
    private var isFailing = false

    init(logger: Logger) {
        self.logger = logger
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isFailing = false
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is IOError, !isPaused {
            isPaused = true
            if !isFailing {
                isFailing = true
                logger.warning(
                    "A connection cannot be accepted; it is tried again until it can",
                    metadata: ["error": "\(error)"])
            }
            setReading(false, context)
            _ = later(in: Self.pause, context) { handler, context in
                handler.isPaused = false
                handler.setReading(true, context)
            }
        }
        context.fireErrorCaught(error)
    }

    private func setReading(_ isReading: Bool, _ context: ChannelHandlerContext) {
        // It fails only for a channel that is closed, which accepts nothing anyway.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isReading)
    }
}
