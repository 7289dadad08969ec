import HTTPTypes
import Hummingbird
import NIOCore
import Palantir
import PalantirTesting
import Synchronization

/// What the test model answers, by path.
final class TestModelRoutes: Sendable {
    /// The body of the last call of `/predict`.
    let lastRequest = Slot<String>()
    /// How much time that call had, as it was told.
    let lastTimeout = Slot<String>()
    /// Calls of `/elsewhere`, to which `/redirecting` points.
    let elsewhere = Atomic<Int>(0)
    let flaky = Atomic<Int>(0)

    /// Labels of every kind of JSON, as a model may write them.
    static let oddLabels =
        #"{"big":12345678901234567890,"tiny":1e-9,"text":"gold","nothing":null,"nested":{"a":[1,{"b":2.50}]},"esc":"\u00e9\/"}"#

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/predict") { request, _ in
            let body = try await request.body.collect(upTo: 64 << 20)
            self.lastRequest.value = String(buffer: body)
            self.lastTimeout.value = HTTPField.Name("x-request-timeout-ms").flatMap { request.headers[$0] }
            return Self.json(try Self.echo(body))
        }
        router.post("/odd") { request, _ in
            try await Self.each(request) { _ in Self.oddLabels }
        }
        router.post("/slow") { _, _ -> Response in
            try await Task.sleep(for: .seconds(8))
            return Self.json("{}")
        }
        router.post("/endless") { _, _ in Self.stream("{\"predictions\":{\"x\":[", pause: .zero, "1234567890,") }
        router.get("/endless") { _, _ in Self.stream("", pause: .zero, "1234567890,") }
        router.post("/dripping") { _, _ in Self.stream("{", pause: .milliseconds(100), " ") }
        router.post("/redirecting") { _, _ in
            Response(status: .temporaryRedirect, headers: [.location: "/elsewhere"])
        }
        router.post("/redirecting-to/:target", use: Self.redirect)
        router.get("/redirecting-to/:target/**", use: Self.redirect)
        router.post("/compressed") { _, _ in Self.compressed }
        router.on("/elsewhere", method: .post) { _, _ in
            self.elsewhere.add(1, ordering: .relaxed)
            return Self.json("{}")
        }
        router.post("/failing") { request, _ in
            Response(status: .internalServerError, body: request.body.asResponseBody)
        }
        router.post("/flaky") { request, _ -> Response in
            if self.flaky.add(1, ordering: .relaxed).newValue % 2 == 1 { return Response(status: .serviceUnavailable) }
            return try await Self.each(request) { _ in "{\"ok\":1}" }
        }
        router.post("/html") { _, _ in Self.json("<html>Sign in</html>") }
        router.post("/nan") { request, _ in try await Self.each(request) { _ in "{\"p\":NaN}" } }
        router.post("/list") { _, _ in Self.json("{\"predictions\":[0.1]}") }
        router.post("/deep") { _, _ in Self.json(String(repeating: "[", count: 100_000)) }
        // What an MLflow of no use may say: it repeats what it was sent, credentials too.
        router.get("/echo/**") { request, _ in
            let sent = request.headers[.authorization] ?? "nothing"
            let path = request.uri.path
            var response = Self.json(
                path.hasPrefix("/echo/broken")
                    ? "{\"registered_models\":[{\"name\":7,\"\(sent)\":1}]}" : "<html>canary \(sent)</html>")
            if path.hasPrefix("/echo/failing") { response.status = .internalServerError }
            return response
        }
        Self.addMLflow(to: router)
        router.post("/forgetful") { request, _ in
            try await Self.each(request) { id in id == "2" ? nil : "{\"ok\":1}" }
        }
        return router
    }

    /// As hexadecimal digits, which every path takes.
    static func encoded(_ target: String) -> String {
        target.utf8.map { String(Int($0) | 0x100, radix: 16).dropFirst() }.joined()
    }

    @Sendable
    private static func redirect(_ request: Request, _ context: BasicRequestContext) throws -> Response {
        let digits = Array(try context.parameters.require("target").utf8)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index in
            UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16)
        }
        return Response(status: .found, headers: [.location: String(decoding: bytes, as: UTF8.self)])
    }

    /// A valid answer but for its header: whoever inflated it would fail too, whoever ignored the header would not.
    private static var compressed: Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .contentEncoding: "gzip"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "{\"predictions\":{\"42\":{\"ok\":1}}}")))
    }

    /// For each row: the row itself as the value of a label, so that a mix-up of entities cannot hide.
    private static func echo(_ body: ByteBuffer) throws -> String {
        let members = try rows(body).map { id, row in "\"\(id)\":{\"row\":\(row.text)}" }
        return "{\"predictions\":{\(members.joined(separator: ","))}}"
    }

    private static func each(_ request: Request, _ labels: (String) -> String?) async throws -> Response {
        let body = try await request.body.collect(upTo: 64 << 20)
        let members = try rows(body).compactMap { id, _ in labels(id).map { "\"\(id)\":\($0)" } }
        return json("{\"predictions\":{\(members.joined(separator: ","))}}")
    }

    private static func rows(_ body: ByteBuffer) throws -> [(id: String, row: JSONText)] {
        let values = try JSONText(validating: body).members().first { $0.name == "values" }
        return try (values?.value.elements ?? []).map { row in
            let id = try row.members().first { $0.name == "id" }?.value.text ?? ""
            return (id.hasPrefix("\"") ? String(id.dropFirst().dropLast()) : id, row)
        }
    }

    private static func json(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func stream(_ head: String, pause: Duration, _ piece: String) -> Response {
        Response(
            status: .ok,
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: head))
                let block = ByteBuffer(string: pause == .zero ? String(repeating: piece, count: 10_000) : piece)
                while !Task.isCancelled {
                    try await writer.write(block)
                    if pause > .zero { try await Task.sleep(for: pause) }
                }
                try await writer.finish(nil)
            })
    }
}

extension RequestBody {
    /// What came in, sent back: a model that repeats feature values in its error.
    fileprivate var asResponseBody: ResponseBody { ResponseBody(asyncSequence: self) }
}
