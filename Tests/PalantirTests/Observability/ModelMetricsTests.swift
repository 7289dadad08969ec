import HTTPTypes
import NIOCore
import Palantir
import PalantirServer
import PalantirTesting
import Testing

@Suite("Metrics by model")
struct ModelMetricsTests {
    @Test("A model's answers are counted by code, with their durations and steps")
    func counts() async throws {
        try await RouterFixture.with { fixture in
            for id in ["42", "1", "nobody"] { _ = try await fixture.predict(#"{"model_name":"churn","id":"\#(id)"}"#) }
            _ = try await fixture.predict(#"{"model_name":"churn","ids":["42","nobody"]}"#)
            _ = try await fixture.predict(#"{"model_name":"untagged","id":"42"}"#)
            let metrics = MetricsText(try await fixture.ask(.get, "/metrics").text)
            func requests(_ model: String, _ code: String) -> Double {
                metrics.sum(MetricNames.modelRequests, ["model": model, "code": code])
            }
            #expect(requests("churn", "OK") == 3, "one of them in part")
            #expect(requests("churn", "ENTITY_NOT_FOUND") == 1)
            #expect(requests("untagged", "MODEL_MISCONFIGURED") == 1)
            #expect(metrics.sum(MetricNames.modelDuration + "_count", ["model": "churn"]) == 4)
            for step in PalantirError.Step.allCases {
                let labels = ["model": "churn", "step": step.rawValue]
                #expect(metrics.sum(MetricNames.stepDuration + "_count", labels) == 4, "\(step)")
            }
            #expect(metrics.sum(MetricNames.stepDuration + "_count", ["model": "untagged"]) == 1, "the registry's")
        }
    }

    @Test("Names that the mirror does not know, and models that nobody asked for, have no series")
    func bounded() async throws {
        try await RouterFixture.with { fixture in
            for name in ["nobody", "nobody/7", "churn@nowhere", "churn/9"] {
                _ = try await fixture.predict(#"{"model_name":"\#(name)","id":"42"}"#)
            }
            let metrics = MetricsText(try await fixture.ask(.get, "/metrics").text)
            #expect(metrics.samples.keys.allSatisfy { !$0.contains("model=") })
        }
    }

    @Test("A model whose tags change keeps its counts; one that is removed takes its series along")
    func removed() async throws {
        try await RouterFixture.with { fixture in
            _ = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#)
            let churn = try #require(RouterFixture.registered.first)
            fixture.registry.remove("churn")
            fixture.registry.add(RegisteredModel(name: "churn", tags: churn.tags, versions: churn.versions))
            _ = await fixture.hub.registry.refresh()
            _ = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#)
            let changed = MetricsText(try await fixture.ask(.get, "/metrics").text)
            #expect(changed.sum(MetricNames.modelRequests, ["model": "churn", "code": "OK"]) == 2)
            fixture.registry.remove("churn")
            _ = await fixture.hub.registry.refresh()
            let text = try await fixture.ask(.get, "/metrics").text
            #expect(!text.contains("churn"))
        }
    }

    @Test("Names that look alike and are not the same bytes are two series")
    func lookAlikes() {
        var text = PrometheusText()
        for name in ["\u{e9}", "e\u{301}"] { text.set("m", 1, [("model", name)]) }
        var buffer = ByteBuffer()
        text.write(to: &buffer)
        #expect(String(buffer: buffer).utf8.split(separator: UInt8(ascii: "\n")).count == 3)
    }
}
