import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// Registered models that nobody deployed, served by real processes on real artifacts.
    @Suite("Models that serve themselves", .serialized)
    struct AutodeployTests {
        @Test("Each kind of model answers its own labels; one that cannot be loaded touches no other")
        func kinds() async throws {
            let kinds = ["classifier", "labels", "regressor", "table", "text", "unloadable"]
            let prefix = HubFixture.name()
            try await DeploymentFixture.register(kinds.map { ($0, "\(prefix)-\($0)") })
            try await DeploymentFixture.with { fixture in
                for kind in kinds.dropLast() { try await fixture.ready("\(prefix)-\(kind)") }
                let chances = try #require(
                    try await fixture.labels("\(prefix)-classifier", 140) as? [String: Double])
                #expect(chances.keys.sorted() == ["0", "1"])
                #expect((chances["1"] ?? 0) > 0.9)
                let labels = try #require(try await fixture.labels("\(prefix)-labels", 2) as? [String: Double])
                #expect((labels["low"] ?? 0) > 0.9, "\(labels)")
                let number = try await fixture.labels("\(prefix)-regressor", 7)["prediction"] as? Double
                #expect(abs((number ?? 0) - 21) < 1e-6)
                let table = try await fixture.labels("\(prefix)-table", 7)
                #expect(table["sum"] as? Double == 200)
                #expect(table["nothing"] is NSNull, "NaN is no JSON")
                #expect(try await fixture.labels("\(prefix)-text", 7)["prediction"] as? String == "a is 7")

                let broken = "\(prefix)-unloadable"
                try await eventually(within: .seconds(30)) { try await fixture.state(broken) == "failed" }
                let failure = try #require(try await fixture.deployment(broken)["last_error"] as? [String: Any])
                #expect((failure["reason"] as? String)?.contains("cannot be loaded") == true, "\(failure)")
                let answer = try await fixture.predict(broken, 1)
                #expect(answer.code == "MODEL_NOT_READY")
                #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 >= 1)
                let described = try await fixture.hub.get("/models/\(prefix)-classifier")
                #expect((described.member("deployment") as? [String: Any])?["state"] as? String == "ready")
                #expect(try await fixture.hub.get("/metrics").body.contains("palantir_deployments{state=\"ready\"}"))
            }
        }

        @Test("Versions take over without a lost request, a broken one does not, and the alias rolls back")
        func versions() async throws {
            let name = HubFixture.name()
            let mlflow = try Servers.mlflow()
            try await DeploymentFixture.register([("regressor", name)])
            try await mlflow.setAlias("champion", of: name, to: 1)
            try await DeploymentFixture.with { fixture in
                try await fixture.ready(name)
                let answers = try await fixture.load(name, perSecond: 50) {
                    for version in 2...3 {
                        try await DeploymentFixture.register([("regressor", name)])
                        try await mlflow.setAlias("champion", of: name, to: version)
                        try await fixture.ready(name, version: version)
                    }
                    try await DeploymentFixture.register([("unloadable", name)])
                    try await mlflow.setAlias("champion", of: name, to: 4)
                    try await eventually(within: .seconds(30)) {
                        let deployment = try await fixture.deployment(name)
                        let failure = deployment["last_error"] as? [String: Any]
                        return failure?["version"] as? Int == 4 && deployment["state"] as? String == "ready"
                    }
                    try await mlflow.setAlias("champion", of: name, to: 1)
                    try await fixture.ready(name, version: 1)
                }
                #expect(answers.count > 100)
                #expect(answers.allSatisfy { $0.outcome == "200" }, "\(Set(answers.map(\.outcome)))")
                #expect(Set(answers.compactMap(\.version)) == ["1", "2", "3"])
                #expect(try await fixture.predict(name, 1).headers["x-model-version"] == "1")
            }
        }

        @Test("More models than memory may hold: every one answers, and the idle ones leave")
        func residency() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("regressor", name)], times: 8)
            try await DeploymentFixture.with([
                "PALANTIR_AUTODEPLOY_MAX_RESIDENT": "3", "PALANTIR_AUTODEPLOY_IDLE_S": "3",
                "PALANTIR_AUTODEPLOY_MODELS": "\(name)-*", "PALANTIR_REQUEST_TIMEOUT_MS": "30000",
            ]) { fixture in
                for round in 0..<2 {
                    for number in 1...8 {
                        let answer = try await fixture.predict("\(name)-\(number)", number)
                        #expect(answer.status == 200, "round \(round), \(number): \(answer.body)")
                    }
                }
                let resident = ProcessTree.descendants(of: fixture.hub.process.identifier).count - 1
                #expect(resident <= 4, "three, and one that is drained")
                try await eventually(within: .seconds(20)) {
                    try await fixture.hub.get("/deployments").body.contains("\"ready\"") == false
                }
                #expect(try await fixture.predict("\(name)-5", 5).status == 200, "it is started again")
            }
        }

        @Test("Off by default: a model that waits says so")
        func off() async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([("regressor", name)])
            try await DeploymentFixture.with(["PALANTIR_AUTODEPLOY": "off"]) { fixture in
                let answer = try await fixture.predict(name, 1)
                #expect(answer.code == "MODEL_MISCONFIGURED")
                #expect(answer.body.contains("PALANTIR_AUTODEPLOY"))
                try await eventually { fixture.hub.process.output.contains("wait to be deployed") }
                #expect(try await fixture.hub.get("/deployments").body == "{\"deployments\":[]}")
            }
        }
    }
}
