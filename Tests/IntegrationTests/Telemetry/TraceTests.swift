import Foundation
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Traces", .serialized)
    struct TraceTests {
        private static let trace = "0af7651916cd43dd8448eb211c80319c"
        private static let caller = "b7ad6b7169203331"

        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("A trace of one prediction shows every stage, below its caller's span, with the model's own at its end")
        func oneTrace() async throws {
            let settings = ["OTEL_SERVICE_NAME": "hub-1", "OTEL_EXPORTER_OTLP_HEADERS": "X-Key=a%20b, other=1"]
            try await TraceFixture.with(settings) { fixture in
                let headers = [
                    "traceparent": "00-\(Self.trace)-\(Self.caller)-01", "tracestate": "vendor=1,other=2",
                    "x-request-id": "asked-1",
                ]
                let answer = try await fixture.predict("42", headers: headers)
                #expect(answer.status == 200, "\(answer.body)")
                #expect(answer.headers["x-request-id"] == "asked-1")
                let spans = try await fixture.spans(of: 1)
                #expect(spans.map(\.trace) == Array(repeating: Self.trace, count: 6), "\(spans)")
                #expect(spans.allSatisfy { $0.state == "vendor=1,other=2" })
                func only(_ name: String) throws -> TraceFixture.Span {
                    let found = spans.filter { $0.name == name }
                    #expect(found.count == 1, "\(name)")
                    return try #require(found.first)
                }
                let request = try only("POST /predict")
                #expect(request.parent == Self.caller)
                #expect(request.kind == 2 && request.status == 0)
                #expect(request.resource["service.name"] == ["stringValue": "hub-1"])
                #expect(request.attributes["http.response.status_code"] == ["intValue": "200"])
                #expect(request.text("palantir.request_id") == "asked-1")
                #expect(request.text("palantir.model") == fixture.model)
                for step in PalantirError.Step.allCases {
                    let stage = try only(step.rawValue)
                    #expect(stage.parent == request.span)
                    #expect(request.start <= stage.start && stage.end <= request.end)
                }
                let lookUp = try only("look_up")
                #expect(lookUp.parent == (try only("features").span))
                #expect(lookUp.text("palantir.feature_table") == "users")
                let invocation = try only("invocation")
                #expect(invocation.parent == (try only("model").span))
                #expect(invocation.kind == 3 && invocation.links.isEmpty)
                #expect(invocation.text("server.address") == "127.0.0.1")
                let model = try #require(try fixture.modelSpans.first)
                #expect(model.trace == Self.trace && model.parent == invocation.span)
                #expect(model.state == "vendor=1,other=2")
                #expect(fixture.keys == ["a b"])
                let text = "\(spans)"
                #expect(!text.contains("\"42\"") && !text.contains("99.90"), "neither ids nor values")
                let metrics = MetricsText(try await fixture.hub.get("/metrics").body)
                #expect(metrics.sum(MetricNames.spansExported) == 6)
                #expect(metrics.sum(MetricNames.spansDropped) == 0)
            }
        }

        @Test(
            "Without a caller's trace, or with one that is not right, the hub begins one; an error is told by its code")
        func ownTrace() async throws {
            try await TraceFixture.with { fixture in
                _ = try await fixture.predict("42", headers: ["traceparent": "00-\(Self.trace)-\(Self.caller)-01-x"])
                _ = try await fixture.predict("nobody")
                let spans = try await fixture.spans(of: 2)
                let requests = spans.filter { $0.kind == 2 }
                #expect(Set(requests.map(\.trace)).count == 2)
                #expect(requests.allSatisfy { $0.trace != Self.trace && $0.parent.isEmpty })
                #expect(requests.map { $0.text("error.type") } == [nil, "ENTITY_NOT_FOUND"])
                #expect(requests.map(\.status) == [0, 0], "a caller's mistake is no failure of the hub's")
                #expect(try fixture.modelSpans.map(\.trace) == [requests[0].trace])
            }
        }

        @Test("A caller decides whether its trace is kept, and the model is told; else the ratio decides")
        func sampling() async throws {
            try await TraceFixture.with(["PALANTIR_TRACE_SAMPLE": "0"]) { fixture in
                _ = try await fixture.predict("42")
                _ = try await fixture.predict("42", headers: ["traceparent": "00-\(Self.trace)-\(Self.caller)-00"])
                _ = try await fixture.predict("42", headers: ["traceparent": "00-\(Self.trace)-\(Self.caller)-01"])
                let spans = try await fixture.spans(of: 1)
                #expect(spans.count == 6 && spans.allSatisfy { $0.trace == Self.trace })
                let parents = try fixture.calls.map { try #require($0.traceparent) }
                #expect(parents.map { String($0.suffix(3)) } == ["-00", "-00", "-01"])
                #expect(parents[1].hasPrefix("00-\(Self.trace)-"))
                #expect(try fixture.modelSpans.count == 1)
            }
        }

        @Test("Calls that several requests share are spans of their own, linked to each of them and back")
        func merged() async throws {
            try await TraceFixture.with(modelTakes: 0.05) { fixture in
                let ids = ["1", "2", "42", "user-1"]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<40 {
                        group.addTask { _ = try await fixture.predict(ids[number % 4]) }
                    }
                    try await group.waitForAll()
                }
                let spans = try await fixture.spans(of: 40)
                let byPlace = Dictionary(spans.map { ($0.place, $0) }) { first, _ in first }
                let calls = spans.filter { $0.name == "invocation" }
                #expect(calls.contains { !$0.links.isEmpty }, "forty callers of a slow model share calls")
                #expect(try calls.count == fixture.calls.count)
                for (stage, call) in [("model", "invocation"), ("features", "look_up")] {
                    let all = spans.filter { $0.name == call }
                    for call in all where !call.links.isEmpty {
                        #expect(call.links.count == Int(call.text("palantir.batch.requests") ?? ""))
                        for link in call.links {
                            let served = try #require(byPlace[link])
                            #expect(served.name == stage)
                            #expect(served.span == call.parent || served.links.contains(call.place))
                        }
                    }
                    for served in spans where served.name == stage {
                        let own = all.filter { $0.parent == served.span || $0.links.contains(served.place) }
                        #expect(own.count == 1, "each request's \(stage) is one call's")
                    }
                }
                let parents = try Set(fixture.modelSpans.map(\.parent))
                #expect(parents == Set(calls.map(\.span)))
            }
        }

        @Test("A collector that is away costs no request anything; what it does not get is counted")
        func noCollector() async throws {
            try await TraceFixture.with(hasCollector: false) { fixture in
                for _ in 0..<20 { #expect(try await fixture.predict("42").status == 200) }
                try await eventually(within: .seconds(30)) {
                    MetricsText(try await fixture.hub.get("/metrics").body).sum(MetricNames.spansDropped) == 120
                }
                #expect(fixture.hub.process.output.contains("Traces cannot be exported"))
            }
        }

        @Test("Off by default: nothing is sent, not to the model either")
        func off() async throws {
            try await TraceFixture.with(["OTEL_EXPORTER_OTLP_ENDPOINT": ""]) { fixture in
                _ = try await fixture.predict("42", headers: ["traceparent": "00-\(Self.trace)-\(Self.caller)-01"])
                #expect(try fixture.calls.map(\.traceparent) == [nil])
                #expect(!(try await fixture.hub.get("/metrics").body.contains("trace_spans")))
                #expect(try fixture.spans.isEmpty)
            }
        }
    }
}
