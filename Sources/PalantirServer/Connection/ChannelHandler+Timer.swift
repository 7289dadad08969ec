import NIOCore

extension ChannelHandler where Self: AnyObject & SendableMetatype {
    /// Does something later, on the handler's event loop.
    func later(
        in time: TimeAmount, _ context: ChannelHandlerContext,
        _ work: @escaping @Sendable (Self, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: time) {
            let (handler, context) = bound.value
            work(handler, context)
        }
    }
}
