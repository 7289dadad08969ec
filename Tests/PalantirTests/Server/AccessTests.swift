import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Palantir
import PalantirServer
import PalantirTesting
import Testing

@testable import PalantirCLI

@Suite("Who may come to which route")
struct AccessTests {
    private static let other = "Ünï 'q' %/?"
    private static let encodedOther = "%C3%9Cn%C3%AF%20%27q%27%20%25%2F%3F"

    /// A hub that takes the keys of a file.
    private static func with(
        _ keys: [APIKey], rate: CallerRate = .unlimited,
        _ body: @Sendable @escaping (RouterFixture, APIKeyFile) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let file = APIKeyFile(path: folder + "/keys.json")
        try file.update { $0 = keys }
        let access = AccessSettings(keysFile: file.path, tokens: nil, defaultRate: rate)
        try await RouterFixture.with(access: access) { try await body($0, file) }
    }

    private static func bearer(_ secret: String) -> HTTPFields { [.authorization: "Bearer \(secret)"] }

    private static func code(_ text: String) -> String {
        (try? JSONText(validating: text))?["code"]?.display ?? ""
    }

    @Test("Every route that the router knows is 401 without a key, and with a wrong one, but for those listed here")
    func everyRoute() async throws {
        let open: Set = [
            "GET /livez", "GET /readyz", "GET /deployments/{name}/{file}", "POST /webhooks/mlflow",
            "GET /", "GET /console/{file}", "GET /console/status",
            "GET /openapi.json", "GET /docs",
        ]
        try await Self.with([APIKeyFileTests.key("all", "secret", scopes: Set(Scope.allCases))]) { fixture, _ in
            var asked = 0
            // What CONNECT opens is no exchange that a client could read, and M-SEARCH has a name that no client sends.
            for route in buildRouter(fixture.hub).routes
            where route.method != .connect && route.method.rawValue != "MSEARCH" {
                let path = route.path.description.replacing("{name}", with: "churn").replacing("{id}", with: "42")
                    .replacing("{file}", with: "x.zip")
                // Hummingbird adds HEAD to what has GET.
                let isOpen = open.contains("\(route.method) \(route.path)".replacing("HEAD", with: "GET"))
                let isOtherMethod = open.contains { $0.hasSuffix(" \(route.path)") } && !isOpen
                for headers in [[:], Self.bearer("wrong"), [.authorization: "Basic YTpi"]] as [HTTPFields] {
                    let (response, text) = try await fixture.ask(route.method, path, headers: headers)
                    asked += 1
                    if isOpen || isOtherMethod {
                        #expect(response.status != .unauthorized, "\(route.method) \(path)")
                    } else {
                        #expect(response.status == .unauthorized, "\(route.method) \(path): \(text)")
                        #expect(response.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                    }
                }
            }
            #expect(asked > 200)
            for path in ["/predict", "/predictions", "/predict/", "/predict?x=1", "//predict"] {
                let (response, _) = try await fixture.ask(.post, path, #"{"model_name":"churn","id":"42"}"#)
                #expect(response.status == .unauthorized || response.status == .notFound, "\(path)")
            }
            let (response, text) = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#)
            #expect(response.status == .unauthorized)
            #expect(Self.code(text) == "UNAUTHENTICATED")
            let right = try await fixture.predict(
                #"{"model_name":"churn","id":"42"}"#, headers: Self.bearer("secret"))
            #expect(right.response.status == .ok)
            let inOther = try await fixture.predict(
                #"{"model_name":"churn","id":"42"}"#, headers: [.init("x-api-key") ?? .via: "secret"])
            #expect(inOther.response.status == .ok)
        }
    }

    /// What is asked, the scope that it takes, and the model that it is about.
    private static let questions:
        [(method: HTTPRequest.Method, path: String, body: String?, scope: Scope, model: String?)] = {
            let about: [(String, String)] = [("churn", "churn"), (other, encodedOther), ("nobody", "nobody")]
            return about.flatMap { name, encoded in
                [
                    (.post, "/predict", #"{"model_name":"\#(name)","id":"42"}"#, .predict, name),
                    (.post, "/predictions", #"{"model_name":"\#(name)","ids":["1","42"]}"#, .predict, name),
                    (.get, "/models/\(encoded)", nil, .models, name),
                    (.get, "/models/\(encoded)/features/42", nil, .features, name),
                    (.get, "/models/\(encoded)/entities", nil, .features, name),
                    (.get, "/console/history?model=\(encoded)", nil, .admin, name),
                    (.get, "/deployments/\(encoded)", nil, .deployments, name),
                    (.get, "/deployments/\(encoded)/log", nil, .deployments, name),
                    (.post, "/deployments/\(encoded)/restart", nil, .deployments, name),
                ]
            } + [
                (.get, "/models", nil, .models, nil), (.get, "/deployments", nil, .deployments, nil),
                (.get, "/diagnosis", nil, .models, nil),
                (.get, "/metrics", nil, .admin, nil), (.get, "/console/history", nil, .admin, nil),
                (.post, "/predict", #"{"model_name":"churn/3","id":"42"}"#, .predict, "churn"),
                (.post, "/predict", #"{"model_name":"churn@champion","id":"42"}"#, .predict, "churn"),
                (.get, "/models/churn%40champion", nil, .models, "churn"),
            ]
        }()

    @Test("The matrix of keys, scopes and models, whole")
    func matrix() async throws {
        let patterns: [String: [String]] = [
            "one": ["churn"], "two": [Self.other], "both": ["churn", Self.other], "none": [], "all": ["*"],
        ]
        let every = Set(Scope.allCases)
        let scopes = [[], every] + every.map { [$0] } + every.map { every.subtracting([$0]) }
        var keys: [APIKey] = []
        for (name, models) in patterns {
            for (number, scopes) in scopes.enumerated() {
                let secret = "\(name)-\(number)"
                keys.append(APIKeyFileTests.key(secret, secret, scopes: scopes, models: models))
            }
        }
        let all = keys
        try await Self.with(all) { fixture, _ in
            for key in all {
                for question in Self.questions {
                    let (response, text) = try await fixture.ask(
                        question.method, question.path, question.body, headers: Self.bearer(key.name))
                    let mayModel = question.model.map(key.models.allows) ?? true
                    let isAllowed = key.scopes.contains(question.scope) && mayModel
                    let about = "\(key.name): \(question.method) \(question.path): \(response.status) \(text)"
                    if isAllowed {
                        #expect(![401, 403].contains(response.status.code), "\(about)")
                    } else {
                        #expect(response.status == .forbidden, "\(about)")
                        #expect(Self.code(text) == "PERMISSION_DENIED", "\(about)")
                        // Nothing of the entity, its model or its table.
                        for leak in ["age", "users", "8001", "Who leaves"] { #expect(!text.contains(leak), "\(about)") }
                    }
                }
            }
        }
    }

    @Test("A list shows a caller what is his, as if there were nothing else")
    func lists() async throws {
        let keys = [
            APIKeyFileTests.key("one", "one", scopes: [.models], models: ["churn"]),
            APIKeyFileTests.key("none", "none", scopes: [.models], models: []),
        ]
        try await Self.with(keys) { fixture, _ in
            let one = try await fixture.ask(.get, "/models", headers: Self.bearer("one")).text
            #expect(try JSONText(validating: one)["models"]?.elements.count == 1)
            for name in ["untagged", "tableless", Self.other] { #expect(!one.contains(name)) }
            #expect(try await fixture.ask(.get, "/models", headers: Self.bearer("none")).text == #"{"models":[]}"#)
            let found = try await fixture.ask(.get, "/diagnosis", headers: Self.bearer("one")).text
            #expect(found.contains(#""subject":"churn""#))
            for name in ["untagged", "tableless", Self.other] { #expect(!found.contains(name)) }
            // One that is not there and one that is not his are told alike.
            let (_, hidden) = try await fixture.ask(.get, "/models/untagged", headers: Self.bearer("one"))
            let (_, missing) = try await fixture.ask(.get, "/models/nowhere1", headers: Self.bearer("one"))
            #expect(Self.code(hidden) == Self.code(missing))
            #expect(
                try JSONText(validating: hidden)["error"]?.display.replacing("untagged", with: "nowhere1")
                    == JSONText(validating: missing)["error"]?.display)
        }
    }

    @Test("A revoked key is dead within a second, also on a connection that it has open; a new one is taken")
    func revoked() async throws {
        try await Self.with([APIKeyFileTests.key("one", "one"), APIKeyFileTests.key("two", "two")]) { fixture, file in
            func status(_ secret: String) async throws -> Int {
                try await fixture.predict(#"{"model_name":"churn","id":"42"}"#, headers: Self.bearer(secret))
                    .response.status.code
            }
            #expect(try await status("one") == 200)
            try file.update { keys in
                keys.removeAll { $0.name == "one" }
                keys.append(APIKeyFileTests.key("three", "three"))
            }
            try await Task.sleep(for: .seconds(1))
            #expect(try await status("one") == 401)
            #expect(try await status("two") == 200)
            #expect(try await status("three") == 200)
            // A file that is not right, or gone, changes nothing.
            try "{".write(toFile: file.path, atomically: true, encoding: .utf8)
            try await Task.sleep(for: .seconds(1))
            #expect(try await status("two") == 200)
            try FileManager.default.removeItem(atPath: file.path)
            try await Task.sleep(for: .seconds(1))
            #expect(try await status("three") == 200)
            #expect(try await status("one") == 401)
        }
    }

    @Test("An open hub asks for no credentials, and minds none that were meant for others")
    func openHub() async throws {
        try await RouterFixture.with { fixture in
            for headers in [[:], Self.bearer("anything"), [.authorization: "Basic dXNlcjpwYXNz"]] as [HTTPFields] {
                let answer = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#, headers: headers)
                #expect(answer.response.status == .ok)
                #expect(try await fixture.ask(.get, "/metrics", headers: headers).response.status == .ok)
            }
        }
    }

    @Test("A caller's rate: requests, entities, and what the headers say")
    func rates() async throws {
        let keys = [
            APIKeyFileTests.key("slow", "slow", requests: 2),
            APIKeyFileTests.key("few", "few", entities: 100), APIKeyFileTests.key("free", "free"),
        ]
        try await Self.with(keys) { fixture, _ in
            func ask(_ secret: String, ids: Int = 1) async throws -> TestResponse {
                let list = (1...ids).map { "\"\($0)\"" }.joined(separator: ",")
                return try await fixture.ask(
                    .post, "/predictions", #"{"model_name":"churn","ids":[\#(list)]}"#, headers: Self.bearer(secret)
                ).response
            }
            func number(_ response: TestResponse, _ name: String) -> Int? {
                response.headers[.init(name) ?? .via].flatMap { Int($0) }
            }
            let first = try await ask("slow")
            #expect(first.status == .ok)
            #expect(number(first, "ratelimit-limit") == 2)
            #expect(number(first, "ratelimit-remaining") == 1)
            #expect(number(first, "ratelimit-reset") == 1)
            _ = try await ask("slow")
            let third = try await ask("slow")
            #expect(third.status == .tooManyRequests)
            #expect(third.headers[.retryAfter] == "1")
            #expect(number(third, "ratelimit-remaining") == 0)
            #expect(Self.code(String(buffer: third.body)) == "RATE_LIMITED")
            // 10,000 ids cost 10,000 tokens: a hundred seconds' worth.
            let all = try await ask("few", ids: 10_000)
            #expect(all.status == .ok)
            #expect(number(all, "ratelimit-remaining") == 0)
            #expect(number(all, "ratelimit-reset").map { (50...100).contains($0) } == true)
            let more = try await ask("few")
            #expect(more.status == .tooManyRequests)
            #expect(number(more, "retry-after").map { (50...100).contains($0) } == true)
            let free = try await ask("free")
            #expect(free.status == .ok)
            #expect(number(free, "ratelimit-limit") == nil)
        }
    }
}
