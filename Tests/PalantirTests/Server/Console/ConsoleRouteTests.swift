import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Palantir
import PalantirTesting
import Testing

@testable import PalantirServer

@Suite("Routes of the console")
struct ConsoleRouteTests {
    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    private static func kind(of name: String) -> String {
        if name.hasSuffix(".html") { return "text/html; charset=utf-8" }
        if name.hasSuffix(".css") { return "text/css; charset=utf-8" }
        return name.hasSuffix(".svg") ? "image/svg+xml" : "text/javascript; charset=utf-8"
    }

    @Test("Each file comes with its type, and with what holds a browser to it")
    func files() async throws {
        let names = ConsoleFile.embedded.keys.sorted()
        #expect(names.count > 10)
        try await RouterFixture.with { fixture in
            for path in ["/"] + names.map({ "/console/\($0)" }) {
                let (response, text) = try await fixture.ask(.get, path)
                #expect(response.status == .ok, "\(path)")
                #expect(response.headers[.contentType] == Self.kind(of: path == "/" ? "index.html" : path), "\(path)")
                #expect(response.headers[.contentSecurityPolicy] == Self.policy, "\(path)")
                #expect(response.headers[.xContentTypeOptions] == "nosniff", "\(path)")
                #expect(response.headers[.cacheControl] == "no-cache", "\(path)")
                #expect(!text.isEmpty, "\(path)")
                // Nothing within a page that the policy would refuse, and nothing from elsewhere.
                for refused in ["<style", " style=", "onclick=", "http://", "https://", "eval(", "innerHTML"]
                where !path.hasSuffix(".svg") && !path.hasSuffix("dom.js") {
                    #expect(!text.contains(refused), "\(path): \(refused)")
                }
            }
            #expect(try await fixture.ask(.get, "/").text == fixture.ask(.get, "/console/index.html").text)
        }
    }

    @Test("What the page and its modules name is there")
    func names() async throws {
        let texts = ConsoleFile.embedded.mapValues { String(decoding: $0.bytes, as: UTF8.self) }
        for (name, text) in texts {
            for match in text.matches(of: /["'](\/console\/[a-z0-9]+\.[a-z]+)["']/) {
                #expect(texts[String(match.1.dropFirst("/console/".count))] != nil, "\(name) names \(match.1)")
            }
        }
    }

    @Test("A browser that has a file gets 304, by whatever it writes around the tag")
    func notModified() async throws {
        try await RouterFixture.with { fixture in
            for path in ["/", "/console/main.js"] {
                let tag = try #require(try await fixture.ask(.get, path).response.headers[.eTag])
                for known in [tag, "W/\(tag)", "\"other\", \(tag)"] {
                    let (response, text) = try await fixture.ask(.get, path, headers: [.ifNoneMatch: known])
                    #expect(response.status == .notModified, "\(known)")
                    #expect(response.headers[.eTag] == tag)
                    #expect(response.headers[.contentSecurityPolicy] == Self.policy)
                    #expect(text.isEmpty)
                }
                let other = try await fixture.ask(.get, path, headers: [.ifNoneMatch: "\"other\""]).response
                #expect(other.status == .ok)
            }
            let tags = try await [fixture.ask(.get, "/"), fixture.ask(.get, "/console/main.js")]
                .map { $0.response.headers[.eTag] }
            #expect(tags[0] != tags[1])
        }
    }

    @Test("HEAD tells of a file without it, and other methods and files are refused")
    func others() async throws {
        try await RouterFixture.with { fixture in
            for path in ["/", "/console/theme.css"] {
                let whole = try await fixture.ask(.get, path)
                let (response, text) = try await fixture.ask(.head, path)
                #expect(response.status == .ok)
                #expect(text.isEmpty)
                #expect(response.headers[.contentType] == whole.response.headers[.contentType])
                #expect(response.headers[.eTag] == whole.response.headers[.eTag])
                #expect(try await fixture.ask(.post, path, "x").response.status == .methodNotAllowed)
            }
            for path in ["/console/nothing.js", "/console/..%2FPackage.swift", "/console/index.html/x", "/console"] {
                let (response, text) = try await fixture.ask(.get, path)
                #expect(response.status == .notFound, "\(path)")
                #expect(text.contains("ROUTE_NOT_FOUND"), "\(path)")
            }
        }
    }

    @Test("The status is 200 also while the hub is not ready, and says what /readyz says")
    func status() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/console/status")
            #expect(response.status == .ok)
            #expect(text.hasPrefix(#"{"readiness":{"status":"ready","registry":{"models":4,"#))
            #expect(text.hasSuffix(#","wants_key":false}"#))
            #expect(
                try await fixture.ask(.get, "/console/caller").text.hasPrefix(
                    #"{"name":"anonymous","scopes":["admin","#))
            fixture.hub.drain.begin()
            let draining = try await fixture.ask(.get, "/console/status")
            #expect(draining.response.status == .ok)
            #expect(draining.text.contains(#""status":"draining""#))
            #expect(try await fixture.ask(.get, "/readyz").response.status == .serviceUnavailable)
        }
    }

    @Test("Some entities to pick from")
    func entities() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/models/churn/entities")
            #expect(response.status == .ok)
            let ids = try JSONText(validating: text).members().first?.value.elements.map(\.text) ?? []
            #expect(Set(ids) == [#""1""#, #""42""#, #""a\/b c""#] || Set(ids) == [#""1""#, #""42""#, #""a/b c""#])
            #expect(try await fixture.ask(.get, "/models/untagged/entities").text.contains("MODEL_MISCONFIGURED"))
            let unknown = try await fixture.ask(.get, "/models/nobody/entities").text
            #expect(unknown.contains("MODEL_NOT_FOUND"), "\(unknown)")
        }
    }

    @Test("The history tells of predictions within seconds, second by second")
    func history() async throws {
        try await RouterFixture.with { fixture in
            // What is counted before the first look belongs to no second.
            try await eventually { !fixture.hub.history.points.all.isEmpty }
            for _ in 1...3 { _ = try await fixture.predict(#"{"model_name":"churn","id":"42"}"#) }
            _ = try await fixture.predict(#"{"model_name":"churn","id":"9"}"#)
            try await eventually {
                fixture.hub.history.points.all.reduce(0) { $0 + ($1.latency?.count ?? 0) } == 4
            }
            let (response, text) = try await fixture.ask(.get, "/console/history")
            #expect(response.status == .ok)
            let members = Dictionary(
                uniqueKeysWithValues: try JSONText(validating: text).members().map { ($0.name, $0.value) })
            let times = try #require(members["times"]).elements.map { Int($0.text) ?? 0 }
            #expect(times == times.sorted())
            #expect(times.last == members["end"].flatMap { Int($0.text) })
            #expect(members["requests"]?.elements.reduce(0) { $0 + (Int($1.text) ?? 0) } == 4)
            #expect(members["entities"]?.elements.count == times.count)
            #expect(members["errors"]?.text.contains("ENTITY_NOT_FOUND") == true)
            let last = try #require(times.last)
            let rest = try await fixture.ask(.get, "/console/history?since=\(last)").text
            #expect(!rest.contains(#""times":[\#(last)"#))
            for wrong in ["x", "", "1.5"] {
                #expect(try await fixture.ask(.get, "/console/history?since=\(wrong)").response.status == .badRequest)
            }
            let model = try await fixture.ask(.get, "/console/history?model=churn")
            #expect(model.response.status == .ok)
            #expect(model.text.contains(#""points":{"times":["#))
        }
    }
}
