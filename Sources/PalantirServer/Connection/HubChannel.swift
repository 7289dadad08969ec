import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection to the hub: what it goes through from bytes to an answer.
///
/// Predictions are answered by ``PredictionHandler`` on the connection's event loop; everything else goes on to
/// Hummingbird's router, whose way of tasks and streams costs several times as much a request.
struct HubChannel: HTTPChannelHandler {
    let hub: Hub
    let predictions: PredictionController
    let responder: HTTPChannelHandler.Responder

    init(hub: Hub, responder: @escaping HTTPChannelHandler.Responder) {
        self.hub = hub
        self.responder = responder
        predictions = PredictionController(hub: hub)
    }

    func setup(
        channel: any Channel, logger: Logger
    ) -> EventLoopFuture<NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(ByteToMessageHandler(Self.decoder()))
            try pipeline.addHandler(ClosingHandler())
            // One request of a connection at a time; those that a client sends ahead wait here.
            try pipeline.addHandler(HTTPServerPipelineHandler())
            try pipeline.addHandler(RequestArrivalHandler(timeout: hub.limits.readTimeout))
            try pipeline.addHandler(PredictionHandler(predictions, maxBodyBytes: hub.limits.maxBodyBytes))
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
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
