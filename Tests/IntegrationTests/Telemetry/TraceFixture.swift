import Foundation
import PalantirTesting
import Testing

/// A hub that exports traces, with a collector that reads them by OpenTelemetry's schema and a model that traces itself.
struct TraceFixture {
    let hub: HubProcess
    let model: String
    private let folder: String

    struct Link: Hashable, Decodable {
        let trace: String
        let span: String
    }

    /// As the collector read it.
    struct Span: Decodable {
        let resource: [String: [String: String]]
        let name: String
        let kind: Int
        let trace: String
        let span: String
        let parent: String
        let state: String
        let status: Int
        let start: Int
        let end: Int
        let attributes: [String: [String: String]]
        let links: [Link]

        var place: Link { Link(trace: trace, span: span) }

        func text(_ name: String) -> String? { attributes[name]?.values.first }
    }

    /// The model's own.
    struct ModelSpan: Decodable {
        let trace: String
        let span: String
        let parent: String
        let state: String
    }

    /// What the model was sent.
    struct Call: Decodable {
        let traceparent: String?
        let tracestate: String?
        let rows: Int
    }

    /// - Parameter seconds: what a call to the model takes.
    static func with(
        _ settings: [String: String] = [:], modelTakes seconds: Double = 0, hasCollector: Bool = true,
        _ body: (TraceFixture) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let (collectorPort, modelPort) = (try Place.freePort(), try Place.freePort())
        let scripts = Place.package.appendingPathComponent("Tests/Telemetry").path
        let collector = try await ServerProcess(
            hasCollector
                ? [Place.python, "-B", "\(scripts)/otlp_receiver.py", "\(collectorPort)", folder] : ["/bin/true"],
            log: folder + "/collector.log")
        let model = try await ServerProcess(
            [Place.python, "-B", "\(scripts)/traced_model.py", "\(modelPort)", folder, "\(seconds)"],
            log: folder + "/model.log")
        do {
            try await with(settings, hasCollector ? collectorPort : nil, modelPort, folder, body)
            await collector.stop()
            await model.stop()
        } catch {
            await collector.stop()
            await model.stop()
            throw error
        }
        #expect(!FileManager.default.fileExists(atPath: folder + "/errors"), "\(Self.text(folder + "/errors"))")
    }

    private static func with(
        _ settings: [String: String], _ collector: Int?, _ modelPort: Int, _ folder: String,
        _ body: (TraceFixture) async throws -> Void
    ) async throws {
        let http = try Servers.http()
        let ports = [collector, modelPort].compactMap(\.self)
        try await eventually(within: .seconds(30)) {
            for port in ports where (try? await http.get("http://127.0.0.1:\(port)/"))?.status != 204 { return false }
            return true
        }
        let name = HubFixture.name()
        let address = "http://127.0.0.1:\(try collector ?? Place.freePort())"
        try await HubFixture.with(["OTEL_EXPORTER_OTLP_ENDPOINT": address].merging(settings) { $1 }) { fixture in
            try await fixture.register(name, tags: ["uri": "http://127.0.0.1:\(modelPort)/predict"])
            try await eventually { try await fixture.hub.get("/models/\(name)").status == 200 }
            try await body(TraceFixture(hub: fixture.hub, model: name, folder: folder))
        }
    }

    func predict(_ id: String, headers: [String: String] = [:]) async throws -> TestHTTP.Answer {
        try await hub.post("/predict", "{\"model_name\":\"\(model)\",\"id\":\"\(id)\"}", headers: headers)
    }

    var spans: [Span] { get throws { try lines("spans") } }
    var modelSpans: [ModelSpan] { get throws { try lines("model-spans") } }
    var calls: [Call] { get throws { try lines("calls") } }
    var keys: Set<Substring> { Set(Self.text(folder + "/keys").split(separator: "\n")) }

    /// The collector's spans, once it has those of so many requests.
    func spans(of requests: Int) async throws -> [Span] {
        try await eventually { try spans.count { $0.kind == 2 } >= requests }
        return try spans
    }

    private func lines<Line: Decodable>(_ name: String) throws -> [Line] {
        try Self.text("\(folder)/\(name)").split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
