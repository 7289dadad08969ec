import Logging
import NIOCore

/// Keeps the error of one connection from ending the server: a client that is gone before its connection was set up makes that
/// fail, SwiftNIO tells the listening channel, and Hummingbird would take no further connection from it.
final class AcceptedErrorHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        logger.debug("A connection ended before it was set up", metadata: ["error": "\(error)"])
    }

    /// Puts it, and what else a listening channel needs, into one that Hummingbird has made.
    static func protect(_ channel: any Channel, logger: Logger) async throws {
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(AcceptPauseHandler(logger: logger), position: .first)
            // Behind the one that sets connections up, before the one that hands them on.
            let acceptor = try pipeline.context(name: "AcceptHandler").handler
            try pipeline.addHandler(AcceptedErrorHandler(logger: logger), position: .after(acceptor))
        }.get()
    }
}
