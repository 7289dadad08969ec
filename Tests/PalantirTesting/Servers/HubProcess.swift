import Foundation

/// The real `palantir serve`, as an operator starts it.
package final class HubProcess: Sendable {
    package let port: Int
    package let process: ServerProcess
    private let http: TestHTTP
    private let scheme: String

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - environment: its settings; `PALANTIR_PORT` is added, and a log for people.
    ///   - arguments: what stands behind `palantir serve`.
    package init(
        _ environment: [String: String], arguments: [String] = [], log: String, http: TestHTTP
    ) async throws {
        port = try Place.freePort()
        self.http = http
        scheme = environment["PALANTIR_TLS_CERTIFICATE"] == nil ? "http" : "https"
        process = try await ServerProcess(
            [Place.palantir, "serve"] + arguments,
            environment: ["PALANTIR_LOG_FORMAT": "text"].merging(environment) { $1 }
                .merging(["PALANTIR_PORT": "\(port)"]) { $1 }, log: log)
        for _ in 0..<200 {
            if (try? await http.get(url + "/livez"))?.status == 200 { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw NotStarted("The hub did not start", log: process.output)
    }

    package var url: String { "\(scheme)://127.0.0.1:\(port)" }

    package func ready() async throws {
        try await eventually(within: .seconds(30)) { try await self.get("/readyz").status == 200 }
    }

    package func get(_ path: String, headers: [String: String] = [:]) async throws -> TestHTTP.Answer {
        try await http.get(url + path, headers: headers)
    }

    package func post(
        _ path: String, _ body: String, headers: [String: String] = [:]
    ) async throws -> TestHTTP.Answer {
        try await http.send(.POST, url + path, body, headers: headers)
    }

    package func predict(_ model: String, _ id: String) async throws -> TestHTTP.Answer {
        try await post("/predict", "{\"model_name\":\"\(model)\",\"id\":\"\(id)\"}")
    }

    /// Open descriptors of the process.
    package var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd").count) ?? -1
    }
}
