import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// Processes that die, hang and eat: what callers see, and what is left.
    @Suite("Deployments that fail", .serialized)
    struct DeploymentFaultTests {
        /// The fork server, and below it the replicas.
        private static func forkServer(of hub: HubProcess) -> Int32? {
            ProcessTree.children(of: hub.process.identifier).first
        }

        @Test("A replica, then the fork server, is killed under load: back, with clear answers only")
        func kills() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("classifier", name)])
            try await DeploymentFixture.with(["PALANTIR_AUTODEPLOY_MODELS": name]) { fixture in
                try await fixture.ready(name)
                let answers = try await fixture.load(name, perSecond: 50) {
                    let server = try #require(Self.forkServer(of: fixture.hub))
                    let replica = try #require(ProcessTree.children(of: server).first)
                    kill(replica, SIGKILL)
                    try await eventually(within: .seconds(20)) {
                        let deployment = try await fixture.deployment(name)
                        return deployment["state"] as? String == "ready" && deployment["restarts"] as? Int == 1
                    }
                    #expect(!ProcessTree.isAlive(replica), "reaped")
                    let second = try #require(ProcessTree.children(of: server).first)
                    kill(server, SIGKILL)
                    try await eventually { !ProcessTree.isAlive(second) }
                    try await eventually(within: .seconds(60)) {
                        let deployment = try await fixture.deployment(name)
                        return deployment["state"] as? String == "ready" && deployment["restarts"] as? Int == 2
                    }
                }
                #expect(
                    Set(answers.map(\.outcome)).isSubset(of: ["200", "MODEL_NOT_READY"]), "\(answers.map(\.outcome))")
                #expect(try await fixture.predict(name, 1).status == 200)
            }
        }

        @Test("The hub is killed: no process is left, and after a restart without MLflow all is served")
        func hubKilled() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("classifier", name)])
            try await DeploymentFixture.with(["PALANTIR_AUTODEPLOY_MODELS": name]) { fixture in
                try await fixture.ready(name)
                // The copy of the registry is on disk before MLflow goes.
                try await eventually {
                    FileManager.default.fileExists(atPath: fixture.fixture.folder + "/registry.snapshot")
                }
                let below = ProcessTree.descendants(of: fixture.hub.process.identifier)
                #expect(below.count >= 2)
                fixture.hub.process.signal(SIGKILL)
                try await eventually(within: .seconds(20)) { below.allSatisfy { !ProcessTree.isAlive($0) } }
                let mlflow = try Servers.mlflow()
                await mlflow.stop()
                let hub = try await fixture.fixture.restarted()
                do {
                    try await eventually(within: .seconds(60)) { try await hub.predict(name, "1").status == 200 }
                    let rest = ProcessTree.descendants(of: hub.process.identifier)
                    #expect(await hub.process.stop() == 0)
                    #expect(rest.allSatisfy { !ProcessTree.isAlive($0) })
                } catch {
                    await hub.process.stop()
                    try await mlflow.start()
                    throw error
                }
                try await mlflow.start()
            }
        }

        @Test("Rows that end, hang or bloat a model's process: their callers are told, others are served again")
        func moods() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("moody", name)])
            try await DeploymentFixture.with([
                "PALANTIR_AUTODEPLOY_MODELS": name, "PALANTIR_AUTODEPLOY_MEMORY_MB": "600",
                "PALANTIR_REQUEST_TIMEOUT_MS": "3000",
            ]) { fixture in
                try await fixture.ready(name)
                for (id, codes) in [(13, ["MODEL_NOT_READY"]), (14, ["DEADLINE_EXCEEDED"])] {
                    let answer = try await fixture.predict(name, id)
                    #expect(codes.contains(answer.code ?? ""), "\(id): \(answer.body)")
                    try await eventually(within: .seconds(60)) { try await fixture.predict(name, 1).status == 200 }
                }
                var outcomes: Set<String> = []
                for _ in 0..<4 { outcomes.insert(try await fixture.predict(name, 15).code ?? "200") }
                #expect(
                    outcomes.isSubset(of: ["200", "MODEL_NOT_READY", "MODEL_FAILED", "DEADLINE_EXCEEDED"]),
                    "\(outcomes)")
                try await eventually(within: .seconds(60)) { try await fixture.predict(name, 1).status == 200 }
                let log = try await fixture.hub.get("/deployments/\(name)/log")
                #expect(log.status == 200)
            }
        }

        @Test("No secret of the hub is in a replica's environment, and nobody else is answered")
        func confinement() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("classifier", name)])
            try await DeploymentFixture.with([
                "PALANTIR_AUTODEPLOY_MODELS": name, "MLFLOW_TRACKING_TOKEN": "canary-token",
            ]) { fixture in
                try await fixture.ready(name)
                let below = ProcessTree.descendants(of: fixture.hub.process.identifier)
                for process in below {
                    for file in ["environ", "cmdline"] {
                        let text = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(file)"))) ?? Data()
                        let shown = String(decoding: text, as: UTF8.self)
                        for secret in ["canary-token", "MYSQL_DSN", "root:@tcp"] { #expect(!shown.contains(secret)) }
                    }
                }
                let uri = try #require(
                    try await fixture.hub.get("/models/\(name)").member("deployment") as? [String: Any])
                #expect(uri["secret"] == nil)
            }
        }
    }
}
