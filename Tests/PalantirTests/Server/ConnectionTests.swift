import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Palantir
import PalantirServer
import PalantirTesting
import Testing

/// What a connection does with predictions among other requests, byte by byte.
@Suite("Connections")
struct ConnectionTests {
    private static func predict(_ id: String, path: String = "/predict", close: Bool = false) -> String {
        let body = #"{"model_name":"churn","id":"\#(id)"}"#
        let connection = close ? "connection: close\r\n" : ""
        return
            "POST \(path) HTTP/1.1\r\nhost: localhost\r\n\(connection)content-length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func get(_ path: String, close: Bool = false) -> String {
        "GET \(path) HTTP/1.1\r\nhost: localhost\r\n\(close ? "connection: close\r\n" : "")\r\n"
    }

    private static func exchange(_ fixture: RouterFixture, _ text: String) async throws -> String {
        try await RawConnection.exchange(text, port: try #require(fixture.client.port))
    }

    /// The answers' statuses and what tells them apart, in the order in which they came.
    private static func marks(_ answer: String, _ marks: [String]) -> [String] {
        var found: [(String.Index, String)] = []
        for mark in marks {
            var rest = answer[...]
            while let range = rest.firstRange(of: mark) {
                found.append((range.lowerBound, mark))
                rest = rest[range.upperBound...]
            }
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }

    @Test("Requests that are sent ahead are answered in their order, predictions among others")
    func pipelining() async throws {
        let slow = InMemoryModels { input, deadline in
            try? await Task.sleep(for: .milliseconds(input.id.text == "1" ? 80 : 1))
            return await InMemoryModels.echo(input, deadline)
        }
        try await RouterFixture.with(models: slow) { fixture in
            let answer = try await Self.exchange(
                fixture,
                Self.predict("1") + Self.get("/livez") + Self.predict("42") + Self.predict("42") + Self.get("/livez")
                    + Self.predict("1", close: true))
            let order = Self.marks(answer, [#""predictions":{"1""#, #""predictions":{"42""#, #""live""#])
            #expect(
                order == [
                    #""predictions":{"1""#, #""live""#, #""predictions":{"42""#, #""predictions":{"42""#, #""live""#,
                    #""predictions":{"1""#,
                ], "\(answer)")
        }
    }

    @Test("A body in pieces is one body", arguments: [1, 7, 64])
    func pieces(_ size: Int) async throws {
        try await RouterFixture.with { fixture in
            let body = Array(#"{"model_name":"churn","id":"42"}"#.utf8)
            var request =
                "POST /predict HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            for start in stride(from: 0, to: body.count, by: size) {
                let piece = body[start..<min(start + size, body.count)]
                request += "\(String(piece.count, radix: 16))\r\n\(String(decoding: piece, as: UTF8.self))\r\n"
            }
            let answer = try await Self.exchange(fixture, request + "0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            #expect(answer.contains(#""predictions":{"42""#))
        }
    }

    @Test("A body that is too large is refused, and the connection goes on")
    func tooLarge() async throws {
        try await RouterFixture.with(limits: RequestLimits(maxBodyBytes: 1_024)) { fixture in
            let large = String(repeating: " ", count: 5_000)
            let sized = "POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5000\r\n\r\n\(large)"
            let chunked =
                "POST /predict HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n\(large)\r\n0\r\n\r\n"
            for request in [sized, chunked] {
                let answer = try await Self.exchange(fixture, request + Self.predict("42", close: true))
                #expect(
                    Self.marks(answer, ["HTTP/1.1 413", "HTTP/1.1 200"]) == ["HTTP/1.1 413", "HTTP/1.1 200"],
                    "\(answer)")
            }
        }
    }

    @Test("Paths of predictions are read as all paths are")
    func paths() async throws {
        try await RouterFixture.with { fixture in
            for path in ["/predict", "/predictions", "/predict/", "/predict?x=1"] {
                let answer = try await Self.exchange(fixture, Self.predict("42", path: path, close: true))
                #expect(answer.hasPrefix("HTTP/1.1 200"), "\(path): \(answer)")
                #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            }
            for path in ["/predicts", "/predict/42", "//predict%20"] {
                let answer = try await Self.exchange(fixture, Self.predict("42", path: path, close: true))
                #expect(answer.hasPrefix("HTTP/1.1 404"), "\(path): \(answer)")
            }
        }
    }

    @Test("An answer has a date, and an HTTP/1.0 client's connection is closed")
    func heads() async throws {
        try await RouterFixture.with { fixture in
            let body = #"{"model_name":"churn","id":"42"}"#
            let answer = try await Self.exchange(
                fixture,
                "POST /predict HTTP/1.0\r\nhost: localhost\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
            let date = try #require(answer.firstMatch(of: /\r\ndate: (\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT)\r\n/))
            #expect(date.output.1.count == 29)
        }
    }

    @Test("A head that does not arrive whole in time is refused, however steadily its bytes come")
    func slowHead() async throws {
        try await RouterFixture.with(limits: RequestLimits(readTimeout: .milliseconds(300))) { fixture in
            let answer = try await Self.exchange(fixture, "POST /predict HTTP/1.1\r\nhost: localhost\r\nx-part: ")
            #expect(answer.hasPrefix("HTTP/1.1 408"), "\(answer)")
            #expect(answer.contains("REQUEST_TIMEOUT"))
        }
    }

    @Test("Beyond the limit of connections the one that was idle for longest makes room")
    func connectionLimit() async throws {
        try await RouterFixture.with(limits: RequestLimits(maxConnections: 3)) { fixture in
            let port = try #require(fixture.client.port)
            let start = ContinuousClock.now
            let idle = (0..<6).map { _ in
                Task { try await RawConnection.exchange("GET /livez HTTP/1.1\r\nhost: localh", port: port) }
            }
            // All of them are open by then; one that came later would make room in its turn.
            try await Task.sleep(for: .seconds(1))
            let answer = try await Self.exchange(fixture, Self.predict("42", close: true))
            #expect(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
            // Four at least had to make room; the read timeout of the others is ten seconds.
            var closed = 0
            for task in idle {
                let text = try await task.value
                if text.isEmpty { closed += 1 }
            }
            #expect(closed >= 3, "\(closed)")
            #expect(start.duration(to: .now) < .seconds(15))
        }
    }
}
