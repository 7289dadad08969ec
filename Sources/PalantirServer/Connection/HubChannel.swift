import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL
import Palantir

/// A connection to the hub: what it goes through from bytes to an answer.
///
/// Predictions are answered by ``PredictionHandler`` on the connection's event loop; everything else goes on to
/// Hummingbird's router, whose way of tasks and streams costs several times as much a request.
struct HubChannel: HTTPChannelHandler {
    let hub: Hub
    let predictions: PredictionController
    let connections = OpenConnections()
    let responder: HTTPChannelHandler.Responder

    init(hub: Hub, responder: @escaping HTTPChannelHandler.Responder) {
        self.hub = hub
        self.responder = responder
        predictions = PredictionController(hub: hub)
    }

    func setup(
        channel: any Channel, logger: Logger
    ) -> EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>> {
        let limits = hub.limits.current
        return connections.accept(channel, limit: limits.maxConnections).flatMapThrowing { connections in
            guard let connections else {
                channel.close(promise: nil)
                throw ChannelError.operationUnsupported
            }
            try add(to: channel.pipeline.syncOperations, connections.value, limits)
            let wrapped = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            // One that was set up while the server ended is handed to nobody, and that nobody finished its writer would end
            // the process. To finish it twice does no harm.
            channel.closeFuture.whenComplete { _ in
                _ = channel.eventLoop.makeFutureWithTask { try await wrapped.executeThenClose { _, _ in } }
            }
            return wrapped
        }
    }

    private func add(
        to pipeline: ChannelPipeline.SynchronousOperations, _ connections: OpenConnections.OfLoop,
        _ limits: RequestLimits
    ) throws {
        let head = HeadArrivalHandler(timeout: TimeAmount(limits.readTimeout))
        let tls = hub.tls?.current
        if let tls {
            try pipeline.addHandler(NIOSSLServerHandler(context: tls.context))
            try pipeline.addHandler(
                HandshakeHandler(timeout: TimeAmount(limits.readTimeout), head: head, logger: hub.logger))
        }
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(SlowReaderHandler(timeout: TimeAmount(limits.writeTimeout)))
        try pipeline.addHandler(head)
        try pipeline.addHandler(ByteToMessageHandler(Self.decoder()))
        try pipeline.addHandler(ClosingHandler(head: head, connections: connections))
        // One request of a connection at a time; those that a client sends ahead wait here.
        try pipeline.addHandler(HTTPServerPipelineHandler())
        try pipeline.addHandler(RequestArrivalHandler(timeout: TimeAmount(limits.readTimeout)))
        try pipeline.addHandler(PredictionHandler(predictions, limits: hub.limits, keys: hub.authentication.keys))
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: tls != nil))
    }

    func handle(value: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }

    private static func decoder() -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 * 1_024
        limits.maxHeaderListSize = 16 * 1_024
        limits.maxHeaderFieldCount = 100
        return HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
    }
}
