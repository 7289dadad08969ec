import Foundation
import PalantirTesting
import Testing

/// On a real Ray; by `make test-ray`, since Ray takes minutes to install and half a minute for each deployment.
@Suite("Models on Ray Serve", .serialized, .mlflow, .enabled(if: RayHead.isWanted))
struct RayServeTests {
    private static let example = Place.package.appendingPathComponent("examples/churn").path

    /// Somebody else's application, which tells which process answers.
    private static let module = """
        import os
        from ray import serve
        @serve.deployment
        class Foreign:
            def __init__(self, word): self.word = word
            def __call__(self, request): return f"{self.word} {os.getpid()}"
        def build(args): return Foreign.bind(args["word"])
        """

    @Test(
        "Deployed, another version, more replicas, a version that fails, removed; others' applications are not touched")
    func life() async throws {
        let (http, mlflow) = (try Servers.http(), try Servers.mlflow())
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let ray = try await RayHead(http: http)
        do {
            try Self.module.write(toFile: folder + "/foreign.py", atomically: true, encoding: .utf8)
            let features = "sqlite:///\(folder)/features.sqlite"
            for seed in ["7", "8"] { try await train(seed, features, mlflow) }
            try await mlflow.setAlias("champion", of: "churn", to: 1)
            try await mlflow.setTag("uri", "", of: "churn")
            try await mlflow.setTag("autodeploy", "true", of: "churn")

            try await declare(["before"], on: ray, folder, http)
            let before = try await answer("before", on: ray, http)

            let environment = [
                "MLFLOW_URI": mlflow.uri, "FEATURE_STORE_URL": features, "PALANTIR_DATA": folder,
                "PALANTIR_REGISTRY_REFRESH_MS": "500", "PALANTIR_AUTODEPLOY": "tagged",
                "PALANTIR_AUTODEPLOY_TARGET": "ray", "PALANTIR_RAY_URL": ray.dashboard,
                "PALANTIR_RAY_SERVE_URL": ray.serve,
            ]
            let hub = try await HubProcess(environment, log: folder + "/hub.log", http: http)
            do {
                try await served(1, by: hub)
                #expect(try await answer("before", on: ray, http) == before)

                // Another writer that keeps what is there, as Palantir does.
                try await declare(["before", "between"], on: ray, folder, http)
                let between = try await answer("between", on: ray, http)
                try await mlflow.setAlias("champion", of: "churn", to: 2)
                try await served(2, by: hub)

                try await mlflow.setTag("replicas", "2", of: "churn")
                try await eventually(within: .seconds(60)) { try await own(on: ray, http).replicas == 2 }
                try await served(2, by: hub)

                // Its artifacts are nowhere: the version that serves goes on.
                try await mlflow.addVersion(of: "churn")
                try await mlflow.setAlias("champion", of: "churn", to: 3)
                try await eventually(within: .seconds(30)) {
                    try await hub.get("/deployments/churn").body.contains("\"last_error\":{")
                }
                #expect(try await hub.predict("churn", "42").headers["x-model-version"] == "2")

                try await mlflow.setTag("autodeploy", "false", of: "churn")
                try await eventually(within: .seconds(60)) { try await own(on: ray, http).status == nil }
                #expect(try await answer("before", on: ray, http) == before)
                #expect(try await answer("between", on: ray, http) == between)
                await hub.process.stop()
            } catch {
                print(hub.process.output.suffix(4_000))
                await hub.process.stop()
                throw error
            }
            await ray.stop()
        } catch {
            await ray.stop()
            throw error
        }
    }

    private func train(_ seed: String, _ features: String, _ mlflow: MLflowServer) async throws {
        let training = try await CommandLineTool([
            Place.python, Self.example + "/train.py", "--tracking-uri", mlflow.uri, "--uri", "http://127.0.0.1:1/x",
            "--features", features, "--seed", seed, "--customers", "500",
        ])
        #expect(training.exitCode == 0, "\(training.output)")
    }

    private func served(_ version: Int, by hub: HubProcess) async throws {
        try await eventually(within: .seconds(240)) {
            let answer = try await hub.predict("churn", "42")
            return answer.status == 200 && answer.headers["x-model-version"] == "\(version)"
        }
    }

    /// Declares applications of somebody else's beside those of Palantir.
    private func declare(_ names: [String], on ray: RayHead, _ folder: String, _ http: TestHTTP) async throws {
        let now = try await applications(on: ray, http)
        var declared = now.filter { $0.key.hasPrefix("palantir-") }.compactMap { $0.value["deployed_app_config"] }
        for name in names {
            let application: [String: Any] = [
                "name": name, "route_prefix": "/" + name, "import_path": "foreign:build",
                "runtime_env": ["env_vars": ["PYTHONPATH": folder]], "args": ["word": name],
            ]
            declared.append(application)
        }
        let message: [String: Any] = [
            "http_options": ["host": "127.0.0.1", "port": ray.servePort], "applications": declared,
        ]
        let body = String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
        let answer = try await http.send(.PUT, ray.applications, body)
        #expect(answer.status == 200, "\(answer.body)")
    }

    private func answer(_ name: String, on ray: RayHead, _ http: TestHTTP) async throws -> String {
        try await eventually(within: .seconds(60)) {
            (try? await http.get("\(ray.serve)/\(name)"))?.status == 200
        }
        return try await http.get("\(ray.serve)/\(name)").body
    }

    private func applications(on ray: RayHead, _ http: TestHTTP) async throws -> [String: [String: Any]] {
        try await http.get(ray.applications).member("applications") as? [String: [String: Any]] ?? [:]
    }

    /// Palantir's only application.
    private func own(on ray: RayHead, _ http: TestHTTP) async throws -> (status: String?, replicas: Int) {
        let found = try await applications(on: ray, http).first { $0.key.hasPrefix("palantir-") }?.value
        let model = (found?["deployments"] as? [String: [String: Any]])?["Model"]
        let replicas = (model?["replicas"] as? [[String: Any]])?.count { $0["state"] as? String == "RUNNING" }
        return (found?["status"] as? String, replicas ?? 0)
    }
}
