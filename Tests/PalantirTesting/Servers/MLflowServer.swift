import Foundation
import NIOCore
import Palantir

/// A real MLflow tracking server on a free port, with its registry in an SQLite file.
package final class MLflowServer: Sendable {
    package let port: Int
    package let folder: String
    private let process = Slot<ServerProcess>()
    private let http: TestHTTP
    private let allowedHosts: String?

    /// - Parameter allowedHosts: the only names that it lets itself be called by; nil for its own choice.
    package init(http: TestHTTP, allowedHosts: String? = nil) async throws {
        self.allowedHosts = allowedHosts
        folder = try Place.folder()
        port = try Place.freePort()
        self.http = http
        try await start()
    }

    package var uri: String { "http://127.0.0.1:\(port)" }

    package func start() async throws {
        let server = try await ServerProcess(
            [
                Place.python, "-m", "mlflow", "server", "--workers", "1", "--host", "127.0.0.1", "--port", "\(port)",
                "--backend-store-uri", "sqlite:///\(folder)/mlflow.sqlite", "--artifacts-destination",
                folder + "/artifacts",
            ] + (allowedHosts.map { ["--allowed-hosts", $0] } ?? []),
            environment: [
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true",
                "PYTHONUNBUFFERED": "1",
                // Webhooks to a hub on loopback.
                "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http,https", "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
            ], log: folder + "/server.log")
        process.value = server
        for _ in 0..<1_200 {
            let answer = try? await http.get(uri + "/api/2.0/mlflow/registered-models/search?max_results=1")
            // One that refuses our name has started too.
            if answer?.status == (allowedHosts == nil ? 200 : 403) { return }
            guard server.isRunning else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw NotStarted("MLflow did not start", log: server.output)
    }

    /// Its worker is a child of its own, which has to be ended too.
    package func stop() async {
        process.value?.signalChildren(SIGKILL)
        await process.value?.stop()
    }

    package func remove() async {
        await stop()
        Place.remove(folder)
    }

    // MARK: - Registering, as a data scientist's client does

    package func register(_ name: String, tags: [String: String] = [:]) async throws {
        try await call(
            .POST, "registered-models/create", ["name": name, "tags": tags.map { ["key": $0, "value": $1] }])
    }

    /// - Parameter signature: of its inputs, as MLflow writes it; nil for a version without artifacts.
    package func addVersion(
        of name: String, tags: [String: String] = [:], signature: String? = nil
    ) async throws {
        var message: [String: Any] = ["name": name, "tags": tags.map { ["key": $0, "value": $1] }]
        if let signature {
            message.merge(try await log(signature: signature)) { _, new in new }
        } else {
            message["source"] = "s3://nowhere/\(UUID().uuidString)"
        }
        try await call(.POST, "model-versions/create", message)
    }

    /// Puts a model's description where MLflow keeps a run's artifacts: it takes no other place for a version's source.
    private func log(signature: String) async throws -> [String: String] {
        let answer = try await call(.POST, "runs/create", ["experiment_id": "0"])
        let message = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: [String: Any]]
        guard let run = message?["run"]?["info"] as? [String: Any], let id = run["run_id"] as? String,
            let source = run["artifact_uri"] as? String, let colon = source.firstIndex(of: ":")
        else { throw NotStarted("MLflow made no run", log: answer) }
        let artifacts = "\(folder)/artifacts\(source[source.index(after: colon)...])"
        try FileManager.default.createDirectory(atPath: artifacts, withIntermediateDirectories: true)
        let inputs = signature.replacing("\n", with: " ")
        try "flavors: {}\nsignature:\n  inputs: '\(inputs)'\n  outputs: null\n"
            .write(toFile: artifacts + "/MLmodel", atomically: true, encoding: .utf8)
        return ["source": source, "run_id": id]
    }

    package func setTag(_ key: String, _ value: String, of name: String) async throws {
        try await call(.POST, "registered-models/set-tag", ["name": name, "key": key, "value": value])
    }

    package func setAlias(_ alias: String, of name: String, to version: Int) async throws {
        try await call(.POST, "registered-models/alias", ["name": name, "alias": alias, "version": "\(version)"])
    }

    package func delete(_ name: String) async throws {
        try await call(.DELETE, "registered-models/delete", ["name": name])
    }

    /// Tells a hub of new versions and aliases from now on.
    package func addWebhook(to url: String, secret: String) async throws {
        let events = [
            ("MODEL_VERSION", "CREATED"), ("MODEL_VERSION_ALIAS", "CREATED"), ("REGISTERED_MODEL", "CREATED"),
        ]
        try await call(
            .POST, "webhooks",
            [
                "name": UUID().uuidString, "url": url, "secret": secret,
                "events": events.map { ["entity": $0, "action": $1] },
            ])
    }

    @discardableResult
    private func call(
        _ method: TestHTTP.Method, _ path: String, _ message: [String: Any]
    ) async throws -> String {
        let body = try JSONSerialization.data(withJSONObject: message)
        let answer = try await http.send(
            method, uri + "/api/2.0/mlflow/" + path, String(decoding: body, as: UTF8.self))
        guard answer.status == 200 else { throw NotStarted("MLflow refused \(path)", log: answer.body) }
        return answer.body
    }
}
