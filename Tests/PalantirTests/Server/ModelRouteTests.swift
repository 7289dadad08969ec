import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Palantir
import PalantirServer
import PalantirTesting
import Testing

@testable import PalantirCLI

@Suite("Routes about models and operations")
struct ModelRouteTests {
    @Test("The list tells what can be served, and why not")
    func list() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/models")
            #expect(response.status == .ok)
            let models = try JSONText(validating: text).members().first?.value.elements ?? []
            #expect(models.count == RouterFixture.registered.count)
            for model in models {
                let members = try model.members()
                func value(_ name: String) -> String? { members.first { $0.name == name }?.value.text }
                let isServable = ["\"churn\"", "\"Ünï 'q' %/?\""].contains(value("name"))
                #expect(value("servable") == "\(isServable)")
                #expect(value("error")?.contains("MODEL_MISCONFIGURED") == !isServable)
            }
        }
    }

    @Test("A model is told whole, by name, alias or version")
    func show() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/models/churn")
            #expect(response.status == .ok)
            let members = try JSONText(validating: text).members()
            #expect(
                members.map(\.name) == [
                    "name", "description", "version", "aliases", "tags", "uri", "replicas", "deployment", "contract",
                    "feature_table",
                    "signature",
                    "example_request", "servable", "error", "findings",
                ])
            #expect(text.contains(#"{"name":"age","type":"INTEGER","nullable":true}"#))
            #expect(text.contains(#""version":2"#))
            let encoded = "/models/%C3%9Cn%C3%AF%20%27q%27%20%25%2F%3F"
            #expect(try await fixture.ask(.get, encoded).response.status == .ok)
            #expect(try await fixture.ask(.get, "/models/churn%2F3").text.contains(#""version":3"#))
            #expect(try await fixture.ask(.get, "/models/nobody").text.contains("MODEL_NOT_FOUND"))
            // No client would send this path as it is.
            let port = try #require(fixture.client.port)
            let broken = try await RawConnection.exchange(
                "GET /models/%FF HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", port: port)
            #expect(broken.hasPrefix("HTTP/1.1 400"), "\(broken)")
        }
    }

    @Test("An entity's features, as the model would get them")
    func features() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/models/churn/features/42")
            #expect(response.status == .ok)
            #expect(text == #"{"id":"42","age":27,"twice":null}"#)
            #expect(try await fixture.ask(.get, "/models/churn/features/a%2Fb%20c").text.contains(#""age":5"#))
            #expect(try await fixture.ask(.get, "/models/churn/features/9").text.contains("ENTITY_NOT_FOUND"))
            #expect(try await fixture.ask(.get, "/models/untagged/features/9").text.contains("MODEL_MISCONFIGURED"))
        }
    }

    @Test("Findings of a model stand with it, and all that the doctor finds at /diagnosis")
    func findings() async throws {
        try await RouterFixture.with { fixture in
            func findings(_ path: String) async throws -> [JSONText] {
                try JSONText(validating: try await fixture.ask(.get, path).text)["findings"]?.elements ?? []
            }
            func checks(_ found: [JSONText]) -> [String?] { found.map { $0["check"]?.string } }
            // Nothing listens where its tag points.
            let churn = try await findings("/models/churn")
            #expect(churn.first?["check"]?.string == "endpoint")
            #expect(churn.first?["severity"]?.string == "error")
            #expect(churn.first?["remedy"]?.string?.contains("set_registered_model_tag(\"churn\"") == true)
            #expect(checks(try await findings("/models/untagged")) == ["tags", "tags"])
            #expect(checks(try await findings("/models/tableless")) == ["endpoint", "feature_table"])
            let (response, text) = try await fixture.ask(.get, "/diagnosis")
            #expect(response.status == .ok)
            let members = try JSONText(validating: text).members()
            #expect(members.map(\.name) == ["severity", "checked_seconds_ago", "findings"])
            #expect(members.first?.value.string == "error")
            let all = try await findings("/diagnosis")
            #expect(
                Set(all.compactMap { $0["subject"]?.string }) == [
                    "feature_store", "churn", "Ünï 'q' %/?", "untagged", "tableless",
                ])
            #expect(all.contains { $0["check"]?.string == "key_index" && $0["severity"]?.string == "ok" })
            #expect(all.allSatisfy { ($0["remedy"]?.text == "null") == ($0["severity"]?.string == "ok") })
        }
    }

    @Test("Health and metrics")
    func operations() async throws {
        try await RouterFixture.with { fixture in
            #expect(try await fixture.ask(.get, "/livez").text == #"{"status":"live"}"#)
            let ready = try await fixture.ask(.get, "/readyz")
            #expect(ready.response.status == .ok)
            #expect(ready.text.hasPrefix(#"{"status":"ready","registry":{"models":4,"#))
            _ = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#)
            _ = try await fixture.predict("null")
            let metrics = try await fixture.ask(.get, "/metrics").text
            for line in [
                "palantir_http_requests_total{route=\"/predict\",status=\"200\"} 1",
                "palantir_errors_total{code=\"INVALID_REQUEST\"} 1",
                "palantir_prediction_step_duration_seconds_count{step=\"features\",model=\"churn\"} 1",
                "palantir_model_requests_total{model=\"churn\",code=\"OK\"} 1",
                "palantir_batch_entities_sum{batch=\"look_up\"} 1.0",
                "palantir_build_info{version=\"\(PalantirVersion.current)\"} 1.0",
                "palantir_prediction_entities_total 1", "palantir_registry_models 4.0",
                "palantir_registry_reachable 1.0",
                "palantir_feature_store_connections{state=\"busy\"} 0.0",
            ] {
                #expect(metrics.contains(line + "\n"), "\(line)")
            }
        }
    }
}
