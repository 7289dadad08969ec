import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `POST /webhooks/mlflow`: MLflow tells that its registry changed, and the hub looks at once.
struct WebhookController {
    let hub: Hub

    func mlflow(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        guard let webhook = hub.webhook else {
            throw PalantirError(.routeNotFound, "The hub takes no webhooks; PALANTIR_WEBHOOK_SECRET sets them up.")
        }
        let limit = hub.limits.current.maxBodyBytes
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw PalantirError.bodyTooLarge(limit: limit)
        }
        let outcome = try webhook.take(
            id: request.headers[.webhookDelivery], timestamp: request.headers[.webhookTimestamp],
            signature: request.headers[.webhookSignature], body: body)
        if outcome == .taken { hub.registry.refreshSoon() }
        return .json { buffer in
            buffer.writeJSONObject { $0.member("status", text: outcome == .taken ? "taken" : "known already") }
        }
    }
}

extension HTTPField.Name {
    // The literals are valid names, so the fallback is never taken.
    static let webhookDelivery = HTTPField.Name("x-mlflow-delivery-id") ?? .via
    static let webhookTimestamp = HTTPField.Name("x-mlflow-timestamp") ?? .via
    static let webhookSignature = HTTPField.Name("x-mlflow-signature") ?? .via
}
