import NIOCore

/// Cuts a connection whose client takes nothing of its answer for a while, so that it does not hold the answer's memory.
///
/// Small answers go into the kernel's buffer, whoever reads them; only what is left of a large one is watched.
final class SlowReaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let timeout: TimeAmount
    private var timer: Scheduled<Void>?

    init(timeout: TimeAmount) {
        self.timeout = timeout
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable, timer == nil { watch(context) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    private func watch(_ context: ChannelHandlerContext) {
        let pending = Self.pending(context)
        timer = later(in: timeout, context) { handler, context in
            handler.timer = nil
            guard !context.channel.isWritable else { return }
            // One that takes a little is slow, not gone.
            if Self.pending(context) < pending { handler.watch(context) } else { context.close(promise: nil) }
        }
    }

    /// Bytes that wait to be written.
    private static func pending(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? .max
    }
}
