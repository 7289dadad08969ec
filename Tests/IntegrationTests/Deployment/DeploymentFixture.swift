import Foundation
import PalantirTesting
import Testing

/// A hub that deploys models itself, on real MLflow and MariaDB.
struct DeploymentFixture {
    let fixture: HubFixture

    var hub: HubProcess { fixture.hub }

    static func with(
        _ settings: [String: String] = [:], _ body: (DeploymentFixture) async throws -> Void
    ) async throws {
        try await Servers.mariaDB().execute(
            """
            CREATE TABLE IF NOT EXISTS numbers (id INT PRIMARY KEY, a DOUBLE, b DOUBLE);
            REPLACE INTO numbers SELECT seq, seq, 200 - seq FROM seq_1_to_150;
            """)
        var all = [
            "PALANTIR_AUTODEPLOY": "tagged", "PALANTIR_PYTHON": Place.python, "PALANTIR_REGISTRY_REFRESH_MS": "300",
        ]
        // As root, models would run as `nobody`, who may not be able to read the Python that the tests have.
        if geteuid() == 0 { all["PALANTIR_AUTODEPLOY_USER"] = "root" }
        try await HubFixture.with(all.merging(settings) { _, given in given }) { fixture in
            try await body(DeploymentFixture(fixture: fixture))
        }
    }

    /// Registers models as `[kind: name]`.
    static func register(_ models: [(kind: String, name: String)], times: Int = 1) async throws {
        let script = Place.package.appendingPathComponent("Tests/Models/register_models.py").path
        let registering = try await CommandLineTool(
            [Place.python, script, "--tracking-uri", Servers.mlflow().uri, "--times", "\(times)"]
                + models.map { "\($0.kind)=\($0.name)" })
        #expect(registering.exitCode == 0, "\(registering.output)")
    }

    func deployment(_ name: String) async throws -> [String: Any] {
        let answer = try await hub.get("/deployments/\(name)")
        return (try? JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]) ?? [:]
    }

    func state(_ name: String) async throws -> String {
        try await deployment(name)["state"] as? String ?? "none"
    }

    /// Waits until a version of a model serves.
    func ready(_ name: String, version: Int = 1) async throws {
        try await eventually(within: .seconds(60)) {
            let deployment = try await self.deployment(name)
            return deployment["state"] as? String == "ready" && deployment["version"] as? Int == version
        }
    }

    func predict(_ name: String, _ id: Int) async throws -> TestHTTP.Answer {
        try await hub.post("/predict", "{\"model_name\":\"\(name)\",\"id\":\(id)}")
    }

    /// The labels and values of one id.
    func labels(_ name: String, _ id: Int) async throws -> [String: Any] {
        let answer = try await predict(name, id)
        #expect(answer.status == 200, "\(answer.body)")
        return (answer.member("predictions") as? [String: [String: Any]])?["\(id)"] ?? [:]
    }

    /// Asks at a steady rate until it is told to end.
    func load(_ name: String, perSecond: Int, while condition: @Sendable () async throws -> Void) async throws
        -> [DeploymentAnswer]
    {
        try await withThrowingTaskGroup(of: [DeploymentAnswer].self) { group in
            let hub = hub
            group.addTask {
                await withTaskGroup(of: DeploymentAnswer.self) { requests in
                    var number = 0
                    while !Task.isCancelled {
                        number += 1
                        let id = number % 10 + 1
                        requests.addTask { await DeploymentAnswer(hub, name, id) }
                        try? await Task.sleep(for: .seconds(1) / perSecond)
                    }
                    return await requests.reduce(into: []) { $0.append($1) }
                }
            }
            try await condition()
            group.cancelAll()
            return try await group.next() ?? []
        }
    }
}

/// What became of one request of a load.
struct DeploymentAnswer: Sendable {
    /// `200`, an error's code, or what the client says.
    let outcome: String
    let version: String?

    init(_ hub: HubProcess, _ name: String, _ id: Int) async {
        // Detached from the load's end: a request that was begun is waited for.
        let answer = await Task.detached {
            try? await hub.post("/predict", "{\"model_name\":\"\(name)\",\"id\":\(id)}")
        }.value
        version = answer?.headers["x-model-version"]
        outcome = answer.map { $0.status == 200 ? "200" : $0.code ?? "\($0.status)" } ?? "no answer"
    }
}
