import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("MLflow's webhooks", .serialized)
    struct WebhookTests {
        @Test("MLflow tells the hub of a new alias, which is in force long before the next look")
        func alias() async throws {
            try await HubFixture.fillUsers()
            let (name, secret) = (HubFixture.name(), "webhook-secret-of-the-tests")
            let mlflow = try Servers.mlflow()
            let model = try Servers.model()
            try await mlflow.register(name, tags: ["feature_store": "users", "uri": model.uri("/predict")])
            try await mlflow.addVersion(of: name)
            try await mlflow.addVersion(of: name)
            let settings = ["PALANTIR_WEBHOOK_SECRET": secret, "PALANTIR_REGISTRY_REFRESH_MS": "3600000"]
            try await HubFixture.with(settings) { fixture in
                let version: @Sendable () async throws -> String? = { [hub = fixture.hub] in
                    try await hub.predict(name, "42").headers["x-model-version"]
                }
                #expect(try await version() == "2")
                try await mlflow.addWebhook(to: fixture.hub.url + "/webhooks/mlflow", secret: secret)
                try await mlflow.setAlias("champion", of: name, to: 1)
                try await eventually(within: .seconds(10)) { try await version() == "1" }
                // What nobody signed changes nothing.
                let forged = try await fixture.hub.post(
                    "/webhooks/mlflow", "{}",
                    headers: [
                        "x-mlflow-delivery-id": "1", "x-mlflow-timestamp": "\(Int(Date().timeIntervalSince1970))",
                        "x-mlflow-signature": "v1,AAAA",
                    ])
                #expect(forged.status == 401)
                #expect(forged.code == "UNAUTHENTICATED")
                #expect(try await fixture.hub.get("/webhooks/mlflow").status == 405)
            }
            try await HubFixture.with { fixture in
                let answer = try await fixture.hub.post("/webhooks/mlflow", "{}")
                #expect(answer.code == "ROUTE_NOT_FOUND")
            }
        }
    }
}
