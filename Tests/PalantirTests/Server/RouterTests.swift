import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Palantir
import PalantirServer
import PalantirTesting
import Testing

@Suite("Routes")
struct RouterTests {
    @Test("Every code has its status, and the list is frozen")
    func statuses() {
        let frozen = [
            "INVALID_REQUEST": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "HOST_NOT_ALLOWED": 403,
            "MODEL_NOT_FOUND": 404, "VERSION_NOT_FOUND": 404, "ENTITY_NOT_FOUND": 404, "ROUTE_NOT_FOUND": 404,
            "METHOD_NOT_ALLOWED": 405, "REQUEST_TIMEOUT": 408, "HEADERS_TOO_LARGE": 431, "BODY_TOO_LARGE": 413,
            "RATE_LIMITED": 429, "OVERLOADED": 503, "MODEL_MISCONFIGURED": 500, "MODEL_UNREACHABLE": 502,
            "MODEL_FAILED": 502, "MODEL_BAD_ANSWER": 502, "MODEL_NOT_READY": 503, "MODEL_SUSPENDED": 503,
            "REGISTRY_UNAVAILABLE": 503, "FEATURE_STORE_UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
        ]
        let actual = PalantirError.Code.allCases.map { ($0.rawValue, $0.status.code) }
        #expect(Dictionary(uniqueKeysWithValues: actual) == frozen)
    }

    @Test("A prediction's body holds predictions alone; the rest is in headers")
    func prediction() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#)
            #expect(response.status == .ok)
            #expect(text == #"{"predictions":{"42":{"row":{"id":"42","age":27,"twice":null}}}}"#)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.headers[.modelVersion] == "2")
            let timing = try #require(response.headers[.serverTiming])
            for step in ["registry;dur=", "features;dur=", "model;dur="] { #expect(timing.contains(step)) }
            let version = try await fixture.predict(#"{"model_name":"churn/3","id":"42"}"#)
            #expect(version.response.headers[.modelVersion] == "3")
        }
    }

    @Test("Some ids of a batch may fail; when all do, the error is the answer")
    func batch() async throws {
        try await RouterFixture.with { fixture in
            let some = try await fixture.ask(.post, "/predictions", #"{"model_name":"churn","ids":["1","9"]}"#)
            #expect(some.response.status == .ok)
            #expect(
                some.text.hasPrefix(#"{"predictions":{"1":{"row":{"id":"1","age":31,"twice":null}}},"errors":{"9":{"#))
            #expect(some.text.contains(#""code":"ENTITY_NOT_FOUND""#))
            let all = try await fixture.ask(.post, "/predictions", #"{"model_name":"churn","ids":["8","9"]}"#)
            #expect(all.response.status == .notFound)
            #expect(all.text.hasPrefix(#"{"predictions":null,"error":"#))
        }
    }

    @Test(
        "Each request that cannot be answered gets its code",
        arguments: [
            (#"{"model_name":"nobody","id":"1"}"#, "MODEL_NOT_FOUND"),
            (#"{"model_name":"churn/9","id":"1"}"#, "VERSION_NOT_FOUND"),
            (#"{"model_name":"churn@x","id":"1"}"#, "VERSION_NOT_FOUND"),
            (#"{"model_name":"churn","id":"9"}"#, "ENTITY_NOT_FOUND"),
            (#"{"model_name":"untagged","id":"1"}"#, "MODEL_MISCONFIGURED"),
            (#"{"model_name":"tableless","id":"1"}"#, "MODEL_MISCONFIGURED"), ("null", "INVALID_REQUEST"),
        ])
    func errors(_ body: String, _ code: String) async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.predict(body)
            #expect(response.status.code == PalantirError.Code(rawValue: code)?.status.code)
            let members = try JSONText(validating: text).members()
            #expect(members.map(\.name) == ["predictions", "error", "code", "request_id"])
            #expect(members[0].value.text == "null")
            #expect(members[2].value.text == "\"\(code)\"")
            #expect(members[3].value.text == "\"\(response.headers[.requestID] ?? "")\"")
        }
    }

    @Test("Request features cannot replace the entity's key, under any name")
    func keyOverride() async throws {
        try await RouterFixture.with { fixture in
            fixture.registry.add(
                RegisteredModel(
                    name: "by age", tags: RouterFixture.tags.merging(["entity_key": "age"]) { _, new in new }))
            let (response, text) = try await fixture.predict(
                #"{"model_name":"by age","id":"27","features":{"AGE":31}}"#)
            #expect(response.status == .badRequest)
            #expect(text.contains("`age`"), "\(text)")
        }
    }

    @Test("Routes and methods that are not there")
    func routes() async throws {
        try await RouterFixture.with { fixture in
            for path in ["/nowhere", "/models/churn/features", "/predict/x"] {
                let (response, text) = try await fixture.ask(.get, path)
                #expect(response.status == .notFound)
                #expect(text.contains("ROUTE_NOT_FOUND"))
            }
            // What is seldom asked, and as little known here.
            let query = try #require(HTTPRequest.Method("QUERY"))
            let propfind = try #require(HTTPRequest.Method("PROPFIND"))
            for (path, method, allow) in [
                ("/predict", HTTPRequest.Method.get, "POST"), ("/predictions", .delete, "POST"),
                ("/models", .post, "GET, HEAD"), ("/models/churn", .put, "GET, HEAD"),
                ("/models/churn/features/1", .patch, "GET, HEAD"), ("/livez", .post, "GET, HEAD"),
                ("/readyz", .delete, "GET, HEAD"), ("/metrics", .options, "GET, HEAD"),
                ("/predict", query, "POST"), ("/models", query, "GET, HEAD"), ("/models", propfind, "GET, HEAD"),
            ] {
                let (response, text) = try await fixture.ask(method, path)
                #expect(response.status == .methodNotAllowed, "\(method) \(path)")
                #expect(response.headers[.allow] == allow)
                #expect(text.contains("METHOD_NOT_ALLOWED"))
            }
            let port = try #require(fixture.client.port)
            let search = try await RawConnection.exchange(
                "M-SEARCH /models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", port: port)
            #expect(search.hasPrefix("HTTP/1.1 405"), "\(search)")
            #expect(try await fixture.ask(.head, "/livez").response.status == .ok)
            let metrics = try await fixture.ask(.get, "/metrics").text
            #expect(metrics.contains(#"palantir_errors_total{code="METHOD_NOT_ALLOWED"} 12"#))
        }
    }

    @Test("Request ids are taken over when they are sane")
    func requestIDs() async throws {
        try await RouterFixture.with { fixture in
            let sane = try await fixture.ask(.get, "/livez", headers: [.requestID: "abc-123"])
            #expect(sane.response.headers[.requestID] == "abc-123")
            for odd in ["with space", String(repeating: "x", count: 129), "a\"b", "é"] {
                let answer = try await fixture.ask(.get, "/livez", headers: [.requestID: odd])
                #expect(answer.response.headers[.requestID] != odd)
                #expect(answer.response.headers[.requestID]?.isEmpty == false)
            }
        }
    }

    @Test("Deadlines are lowered by the caller, and name the step that was waiting")
    func deadlines() async throws {
        let slow = InMemoryModels { _, deadline in
            try? await Task.sleep(until: deadline.instant, clock: .continuous)
            return .failure(.deadlineExceeded(in: .model))
        }
        try await RouterFixture.with(models: slow) { fixture in
            let late = try await fixture.predict(
                #"{"model_name":"churn","id":"1"}"#, headers: [.requestTimeout: "150"])
            #expect(late.response.status == .gatewayTimeout)
            #expect(late.text.contains("model"))
            #expect(late.response.headers[.serverTiming]?.contains("model;dur=") == true)
            for wrong in ["0", "-1", "soon", ""] {
                let answer = try await fixture.predict(
                    #"{"model_name":"churn","id":"1"}"#, headers: [.requestTimeout: wrong])
                #expect(answer.response.status == .badRequest)
            }
        }
    }

    @Test("Beyond the limit in flight there is OVERLOADED, at once; health goes on")
    func overload() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let blocking = InMemoryModels { input, deadline in
            for await _ in gate.stream { break }
            return await InMemoryModels.echo(input, deadline)
        }
        try await RouterFixture.with(models: blocking, limits: RequestLimits(maxInFlight: 1)) { fixture in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let first = try await fixture.predict(#"{"model_name":"churn","id":"1"}"#)
                    #expect(first.response.status == .ok)
                }
                try await eventually {
                    try await fixture.ask(.get, "/metrics").text.contains("palantir_predictions_in_flight 1.0")
                }
                let second = try await fixture.predict(#"{"model_name":"churn","id":"1"}"#)
                #expect(second.response.status == .serviceUnavailable)
                #expect(second.text.contains("OVERLOADED"))
                #expect(second.response.headers[.retryAfter] == "1")
                #expect(try await fixture.ask(.get, "/livez").response.status == .ok)
                gate.continuation.yield()
                try await group.waitForAll()
            }
        }
    }

    @Test("Hosts that are not ours are refused")
    func hosts() async throws {
        try await RouterFixture.with(limits: RequestLimits(hosts: ["localhost", "[::1]"])) { fixture in
            let answer = try await fixture.ask(.get, "/livez")
            let isOurs = answer.response.status == .ok
            #expect(isOurs || answer.text.contains("HOST_NOT_ALLOWED"))
        }
        try await RouterFixture.with(limits: RequestLimits(hosts: ["only.this.one"])) { fixture in
            let (response, text) = try await fixture.ask(.get, "/livez")
            #expect(response.status == .forbidden)
            #expect(text.contains("HOST_NOT_ALLOWED"))
        }
    }

    @Test("Bodies over the limit")
    func bodies() async throws {
        try await RouterFixture.with(limits: RequestLimits(maxBodyBytes: 1_024)) { fixture in
            let (response, text) = try await fixture.predict(String(repeating: " ", count: 2_000))
            #expect(response.status == .contentTooLarge)
            #expect(text.contains("BODY_TOO_LARGE"))
        }
    }

    @Test("Problem details are offered by Accept")
    func problems() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.predict("null", headers: [.accept: "application/problem+json"])
            #expect(response.headers[.contentType] == "application/problem+json")
            let names = try JSONText(validating: text).members().map(\.name)
            #expect(names == ["type", "title", "status", "detail", "code", "request_id"])
        }
    }
}
