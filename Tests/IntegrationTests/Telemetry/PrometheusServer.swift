import Foundation
import PalantirTesting
import Testing

/// A real Prometheus, with the project's own configuration, that scrapes a hub every second.
struct PrometheusServer {
    private let url: String
    private let http: TestHTTP

    static func with(scraping hub: HubProcess, _ body: (PrometheusServer) async throws -> Void) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let deploy = Place.package.appendingPathComponent("deploy/prometheus")
        let configuration = try String(contentsOf: deploy.appendingPathComponent("prometheus.yml"), encoding: .utf8)
            .replacing("127.0.0.1:3000", with: "127.0.0.1:\(hub.port)").replacing("15s", with: "1s")
        try configuration.write(toFile: folder + "/prometheus.yml", atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(
            atPath: deploy.appendingPathComponent("alerts.yml").path, toPath: folder + "/alerts.yml")
        let port = try Place.freePort()
        let process = try await ServerProcess(
            [
                "/usr/bin/prometheus", "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ], log: folder + "/prometheus.log")
        let server = PrometheusServer(url: "http://127.0.0.1:\(port)", http: try Servers.http())
        do {
            try await eventually(within: .seconds(30)) {
                (try? await server.http.get(server.url + "/-/ready"))?.status == 200
            }
            try await body(server)
            await process.stop()
        } catch {
            await process.stop()
            throw error
        }
    }

    /// What a query gives: how many series, or why there is no result.
    enum Result: Equatable {
        case series(Int)
        case error(String)
    }

    func query(_ expression: String) async throws -> Result {
        let encoded = try #require(expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let answer = try await http.get("\(url)/api/v1/query?query=\(encoded)")
        let object = try Self.object(answer)
        guard object["status"] as? String == "success", object["warnings"] == nil else { return .error(answer.body) }
        let data = try #require(object["data"] as? [String: Any])
        return .series((data["result"] as? [Any])?.count ?? 0)
    }

    /// Every alert rule's name and expression, with what Prometheus says of its last evaluation.
    func rules() async throws -> [(name: String, expression: String, health: String)] {
        let data = try #require(try Self.object(try await http.get(url + "/api/v1/rules"))["data"] as? [String: Any])
        let groups = try #require(data["groups"] as? [[String: Any]])
        return groups.flatMap { $0["rules"] as? [[String: Any]] ?? [] }.map { rule in
            (
                rule["name"] as? String ?? "", rule["query"] as? String ?? "",
                "\(rule["health"] as? String ?? "") \(rule["lastError"] as? String ?? "")"
            )
        }
    }

    private static func object(_ answer: TestHTTP.Answer) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }
}
