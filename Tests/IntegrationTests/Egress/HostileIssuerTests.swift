import Crypto
import Foundation
import Logging
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Hostile addresses of issuers and in what is sent to the hub", .serialized)
    struct HostileIssuerTests {
        private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

        /// Asks a verifier whose keys come from an address about a token.
        private static func ask(_ source: IssuerKeys.Source, _ token: String) async {
            let client = EgressClient()
            defer { client.shutdown() }
            let keys = IssuerKeys(source: source, client: client, logger: logger)
            let verifier = TokenVerifier(
                issuer: TestIssuer.name, audience: TestIssuer.audience, keys: keys, rate: .unlimited)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keys.run() }
                let error = await #expect(throws: PalantirError.self) {
                    try await verifier.principal(token, by: .after(.seconds(2)))
                }
                #expect(error?.code == .unauthenticated)
                group.cancelAll()
            }
        }

        @Test(
            "As an issuer's key set: what is no address of http is a setting's error, and metadata is not connected to")
        func keySets() async throws {
            let canary = try await Canary()
            let token = try TestIssuer().token(TestIssuer.claims())
            for url in HostileURL.all(canary: canary.port) {
                guard case .url(let text)? = IssuerKeys.Source(url.text) else { continue }
                // On loopback an issuer is the operator's own business.
                guard !Settings.isLoopback(ModelURI(text)?.host ?? "") else { continue }
                await Self.ask(.url(text), token)
            }
            #expect((canary.connections, canary.bytes) == (0, 0))
            await canary.stop()
        }

        @Test("As the target of an issuer's redirect none is connected to")
        func redirects() async throws {
            let canary = try await Canary()
            let token = try TestIssuer().token(TestIssuer.claims())
            let urls = HostileURL.all(canary: canary.port)
            #expect(urls.count >= 30)
            for url in urls {
                let issuer = try Servers.model().uri("/redirecting-to/\(TestModelRoutes.encoded(url.text))")
                await Self.ask(.url(issuer), token)
            }
            #expect((canary.connections, canary.bytes) == (0, 0))
            await canary.stop()
        }

        @Test("What a token, a webhook or a request says of addresses is not asked")
        func named() async throws {
            try await HubFixture.fillUsers()
            let canary = try await Canary()
            let issuer = try TestIssuer()
            let secret = "webhook-secret-of-the-tests"
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            try issuer.keySet().write(toFile: folder + "/jwks.json", atomically: true, encoding: .utf8)
            let settings = [
                "PALANTIR_JWKS": folder + "/jwks.json", "PALANTIR_JWT_ISSUER": TestIssuer.name,
                "PALANTIR_JWT_AUDIENCE": TestIssuer.audience, "PALANTIR_WEBHOOK_SECRET": secret,
                "PALANTIR_MODEL_HOSTS": "127.0.0.1:\(try Servers.model().port)",
            ]
            try await HubFixture.with(settings) { fixture in
                for (number, url) in HostileURL.all(canary: canary.port).enumerated() {
                    for header in ["jku", "x5u"] {
                        // Of a key that the set has not, so that it would have to be looked for.
                        let token = try issuer.token(
                            TestIssuer.claims(["iss": url.text]), header: [header: url.text, "kid": "elsewhere"])
                        let answer = try await fixture.hub.get("/models", headers: ["authorization": "Bearer \(token)"])
                        #expect(answer.status == 401)
                    }
                    let body = String(
                        decoding: try JSONSerialization.data(withJSONObject: [
                            "url": url.text, "data": ["source": url.text],
                        ]),
                        as: UTF8.self)
                    let (id, time) = ("\(number)", "\(Int(Date().timeIntervalSince1970))")
                    let code = HMAC<SHA256>.authenticationCode(
                        for: Data("\(id).\(time).\(body)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
                    let taken = try await fixture.hub.post(
                        "/webhooks/mlflow", body,
                        headers: [
                            "x-mlflow-delivery-id": id, "x-mlflow-timestamp": time,
                            "x-mlflow-signature": "v1,\(Data(code).base64EncodedString())",
                        ])
                    #expect(taken.status == 200, "\(taken.body)")
                }
                let good = try issuer.token(TestIssuer.claims())
                #expect(
                    try await fixture.hub.get("/models", headers: ["authorization": "Bearer \(good)"]).status == 200)
            }
            #expect((canary.connections, canary.bytes) == (0, 0))
            await canary.stop()
        }
    }
}
