import Crypto
import Foundation
import NIOCore
import Palantir
import Testing

@Suite("Deliveries of MLflow's webhooks")
struct MLflowWebhookTests {
    private static let secret = "a secret of MLflow's"
    private static let body = ByteBuffer(string: #"{"entity":"model_version"}"#)
    private let now = Date(timeIntervalSince1970: 1_764_000_000)

    private func signature(
        _ id: String, _ timestamp: String, _ body: ByteBuffer = body, secret: String = secret
    ) -> String {
        let signed = Data("\(id).\(timestamp).".utf8) + Data(body.readableBytesView)
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Data(secret.utf8)))
        return "v1,\(Data(code).base64EncodedString())"
    }

    private func expectRefused(_ id: String?, _ timestamp: String?, _ signature: String?, _ body: ByteBuffer = body) {
        let error = #expect(throws: PalantirError.self) {
            try MLflowWebhook(secret: Self.secret).take(
                id: id, timestamp: timestamp, signature: signature, body: body, at: now)
        }
        #expect(error?.code == .unauthenticated)
    }

    @Test("One that is signed is taken, once")
    func once() throws {
        let webhook = MLflowWebhook(secret: Self.secret)
        for (id, expected) in [("a", MLflowWebhook.Outcome.taken), ("a", .replayed), ("b", .taken), ("a", .replayed)] {
            let outcome = try webhook.take(
                id: id, timestamp: "1764000000", signature: signature(id, "1764000000"), body: Self.body, at: now)
            #expect(outcome == expected)
        }
    }

    @Test("Five minutes either way, and not a second more")
    func time() throws {
        for seconds in [-300, 0, 300] {
            let timestamp = "\(1_764_000_000 + seconds)"
            let outcome = try MLflowWebhook(secret: Self.secret).take(
                id: "a", timestamp: timestamp, signature: signature("a", timestamp), body: Self.body, at: now)
            #expect(outcome == .taken)
        }
        for timestamp in ["1763999699", "1764000301", "0", "-1", "", "now", "1e9", "99999999999999999999"] {
            expectRefused("a", timestamp, signature("a", timestamp))
        }
    }

    @Test("Another secret, another body, another id, another version, or nothing")
    func refused() {
        let time = "1764000000"
        let good = signature("a", time)
        expectRefused("a", time, signature("a", time, secret: "another"))
        expectRefused("a", time, good, ByteBuffer(string: "{}"))
        expectRefused("b", time, good)
        expectRefused("a", "1764000001", good)
        expectRefused("a", time, good.replacing("v1", with: "v2"))
        expectRefused("a", time, String(good.dropFirst(3)))
        expectRefused("a", time, "v1,")
        expectRefused("a", time, "v1,not base64")
        expectRefused("a", time, good + "AAAA")
        for (id, timestamp, signature) in [(nil, time, good), ("a", nil, good), ("a", time, nil), (nil, nil, nil)]
            as [(String?, String?, String?)]
        { expectRefused(id, timestamp, signature) }
        let long = String(repeating: "a", count: 1_000)
        expectRefused(long, time, signature(long, time))
    }
}
