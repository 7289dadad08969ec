import Foundation
import PalantirTesting
import Testing

/// By `make test-ray`, as ``RayServeTests``.
@Suite("Trials, restarts and several hubs on Ray Serve", .serialized, .mlflow, .enabled(if: RayHead.isWanted))
struct RayServeTrialTests {
    /// A value that is found nowhere else.
    private static let value = "90817263.5"

    @Test("A version that fails on a row replaces nothing, a restart is one, and two hubs agree")
    func life() async throws {
        let (http, mlflow) = (try Servers.http(), try Servers.mlflow())
        let (name, folder) = (HubFixture.name(), try Place.folder())
        defer { Place.remove(folder) }
        try SQLiteFile.execute(
            """
            CREATE TABLE numbers (id INTEGER PRIMARY KEY, a REAL, b REAL);
            INSERT INTO numbers VALUES (1, \(Self.value), 2.0);
            """, at: folder + "/features.sqlite")
        // None of them has an input example.
        try await DeploymentFixture.register([("table", name), ("failing", name), ("table", name)])
        try await mlflow.setAlias("champion", of: name, to: 1)
        try await mlflow.setTag("min_replicas", "1", of: name)
        try await mlflow.setTag("max_replicas", "2", of: name)
        let ray = try await RayHead(http: http)
        do {
            let first = try await hub(folder, "first", on: ray, nil, mlflow, http)
            do {
                try await served(name, 1, by: [first])
                try await failing(name, first, ray, mlflow, http)
                try await restart(name, first, ray, http)
                let second = try await hub(folder, "second", on: ray, first.url, mlflow, http)
                do {
                    try await agreement(name, [first, second], ray, mlflow, http)
                    await second.process.stop()
                } catch {
                    print(second.process.output.suffix(4_000))
                    await second.process.stop()
                    throw error
                }
                await first.process.stop()
            } catch {
                print(first.process.output.suffix(4_000))
                await first.process.stop()
                throw error
            }
            await ray.stop()
        } catch {
            await ray.stop()
            throw error
        }
    }

    private func hub(
        _ folder: String, _ name: String, on ray: RayHead, _ code: String?, _ mlflow: MLflowServer, _ http: TestHTTP
    ) async throws -> HubProcess {
        var environment = [
            "MLFLOW_URI": mlflow.uri, "FEATURE_STORE_URL": "sqlite:///\(folder)/features.sqlite",
            "PALANTIR_DATA": "\(folder)/\(name)", "PALANTIR_REGISTRY_REFRESH_MS": "500",
            "PALANTIR_AUTODEPLOY": "tagged", "PALANTIR_AUTODEPLOY_TARGET": "ray", "PALANTIR_RAY_URL": ray.dashboard,
            "PALANTIR_RAY_SERVE_URL": ray.serve,
        ]
        environment["PALANTIR_RAY_CODE_URL"] = code
        return try await HubProcess(environment, log: "\(folder)/\(name).log", http: http)
    }

    private func served(_ name: String, _ version: Int, by hubs: [HubProcess]) async throws {
        for hub in hubs {
            try await eventually(within: .seconds(180)) {
                let answer = try await hub.predict(name, "1")
                return answer.status == 200 && answer.headers["x-model-version"] == "\(version)"
            }
        }
    }

    private func deployment(_ name: String, _ hub: HubProcess) async throws -> [String: Any] {
        let answer = try await hub.get("/deployments/\(name)")
        return try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any] ?? [:]
    }

    private func failing(
        _ name: String, _ hub: HubProcess, _ ray: RayHead, _ mlflow: MLflowServer, _ http: TestHTTP
    ) async throws {
        let before = try await RayServeApplication(on: ray, http)
        #expect(before.replicas.count == 1)
        try await mlflow.setAlias("champion", of: name, to: 2)
        try await eventually(within: .seconds(120)) {
            let answer = try await hub.predict(name, "1")
            #expect(answer.status == 200, "\(answer.body)")
            #expect(answer.headers["x-model-version"] == "1")
            let failure = try await deployment(name, hub)["last_error"] as? [String: Any]
            return failure?["version"] as? Int == 2
        }
        let failure = try await deployment(name, hub)["last_error"] as? [String: Any]
        let reason = failure?["reason"] as? String ?? ""
        #expect(reason.contains("does not answer for a row of its feature table"), "\(reason)")
        #expect(reason.contains("ValueError"), "\(reason)")

        try await mlflow.setAlias("champion", of: name, to: 1)
        try await eventually(within: .seconds(120)) {
            let now = try await RayServeApplication(on: ray, http)
            let deployment = try await deployment(name, hub)
            return now.version == 1 && now.status == "RUNNING" && deployment["last_error"] is NSNull
        }
        try await served(name, 1, by: [hub])
        // While Ray builds it shows no replicas.
        let after = try await RayServeApplication(on: ray, http).replicas
        // There may be more: it scales.
        #expect(after.isSuperset(of: before.replicas), "\(before.replicas) were touched: \(after)")
        #expect(try await http.get(ray.applications).body.contains(Self.value) == false)
        #expect(Self.filesWithValue(in: ray.folder) == [], "Ray keeps what programs wrote")
    }

    private func restart(_ name: String, _ hub: HubProcess, _ ray: RayHead, _ http: TestHTTP) async throws {
        let before = try await RayServeApplication(on: ray, http).replicas
        #expect(try await hub.post("/deployments/\(name)/restart", "").status == 202)
        try await eventually(within: .seconds(120)) {
            let now = try await RayServeApplication(on: ray, http)
            return now.status == "RUNNING" && !now.replicas.isEmpty && now.replicas.isDisjoint(with: before)
        }
        try await served(name, 1, by: [hub])
    }

    private func agreement(
        _ name: String, _ hubs: [HubProcess], _ ray: RayHead, _ mlflow: MLflowServer, _ http: TestHTTP
    ) async throws {
        let alone = try await RayServeApplication(on: ray, http)
        #expect(alone.autoscaling["min_replicas"] as? Int == 1)
        #expect(alone.autoscaling["max_replicas"] as? Int == 2)
        try await served(name, 1, by: hubs)
        try await isQuiet(alone.deployed, ray, http)
        // Both see the new version, and both declare it.
        try await mlflow.setAlias("champion", of: name, to: 3)
        try await served(name, 3, by: hubs)
        let changed = try await RayServeApplication(on: ray, http)
        #expect(changed.version == 3)
        #expect(changed.deployed != alone.deployed)
        try await isQuiet(changed.deployed, ray, http)
        try await served(name, 3, by: hubs)
        for hub in hubs { #expect(try await deployment(name, hub)["last_error"] is NSNull) }
    }

    /// Ray notes the time of each declaration; hubs look every three seconds.
    private func isQuiet(_ deployed: Double?, _ ray: RayHead, _ http: TestHTTP) async throws {
        #expect(deployed != nil)
        for _ in 0..<10 {
            try await Task.sleep(for: .seconds(1))
            let now = try await RayServeApplication(on: ray, http)
            #expect(now.deployed == deployed && now.status == "RUNNING")
        }
    }

    private static func filesWithValue(in folder: String) -> [String] {
        let logs = (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).filter {
            $0.hasSuffix(".log") || $0.hasSuffix(".out") || $0.hasSuffix(".err")
        }
        #expect(logs.contains { $0.contains("worker-") }, "the logs of Ray's workers are there")
        return logs.filter { name in
            let contents = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
            return contents.range(of: Data(value.utf8)) != nil
        }
    }
}
