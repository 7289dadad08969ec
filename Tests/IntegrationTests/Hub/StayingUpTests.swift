import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Components that come and go", .serialized)
    struct StayingUpTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("With MLflow stopped known models answer on, also after a restart of the hub")
        func mlflowStopped() async throws {
            try await HubFixture.with { fixture in
                let mlflow = try Servers.mlflow()
                let name = HubFixture.name()
                try await fixture.register(name)
                try await eventually { try await fixture.hub.get("/models").body.contains(name) }
                // Saved once the refresh saw it.
                try await eventually {
                    let snapshot = try? String(contentsOfFile: fixture.folder + "/registry.snapshot", encoding: .utf8)
                    return snapshot?.contains(name) == true
                }
                await mlflow.stop()
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                let unknown = try await fixture.hub.predict("unknown-\(name)", "42")
                #expect(unknown.status == 503)
                #expect(unknown.code == "REGISTRY_UNAVAILABLE")
                let restarted = try await fixture.restarted()
                try await restarted.ready()
                #expect(try await restarted.predict(name, "42").status == 200)
                try await eventually {
                    try await restarted.get("/readyz").body.contains("The model registry is unavailable")
                }
                try await mlflow.start()
                try await eventually { try await restarted.get("/readyz").body.contains("\"error\":null},\"feature") }
                await restarted.process.stop()
            }
        }

        @Test("A tag that is set in MLflow is in force without a restart")
        func tagChange() async throws {
            try await HubFixture.with { fixture in
                let mlflow = try Servers.mlflow()
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").body.contains("\"row\""))
                try await mlflow.setTag("uri", try Servers.model().uri("/odd"), of: name)
                try await eventually {
                    try await fixture.hub.predict(name, "42").body.contains("gold")
                }
            }
        }

        @Test("A damaged snapshot is told, and MLflow is asked anew")
        func damagedSnapshot() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let path = fixture.folder + "/registry.snapshot"
                try await eventually { FileManager.default.fileExists(atPath: path) }
                await fixture.hub.process.stop()
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: path))
                let restarted = try await fixture.restarted()
                try await restarted.ready()
                #expect(restarted.process.output.contains("snapshot on disk is not usable"))
                #expect(try await restarted.predict(name, "42").status == 200)
                await restarted.process.stop()
            }
        }

        @Test("With MySQL stopped there are clear errors, and answers again when it is back")
        func databaseStopped() async throws {
            try await HubFixture.with { fixture in
                let database = try Servers.mariaDB()
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                await database.stop()
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.status == 503)
                #expect(answer.code == "FEATURE_STORE_UNAVAILABLE")
                try await eventually { try await fixture.hub.get("/readyz").status == 503 }
                try await database.start()
                try await eventually { try await fixture.hub.predict(name, "42").status == 200 }
            }
        }

        @Test("Components that are down at the start are waited for")
        func downAtStart() async throws {
            let mlflow = try Servers.mlflow()
            let database = try Servers.mariaDB()
            await mlflow.stop()
            await database.stop()
            try await HubFixture.with(waitUntilReady: false) { fixture in
                let early = try await fixture.hub.get("/readyz")
                #expect(early.status == 503)
                #expect(early.body.contains("\"status\":\"not ready\""))
                #expect(try await fixture.hub.get("/livez").status == 200)
                try await database.start()
                try await mlflow.start()
                try await fixture.hub.ready()
            }
        }

        @Test("SIGTERM under load: what is in flight is answered, exit code 0")
        func terminateUnderLoad() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                let outcomes = await withTaskGroup(of: [String].self) { group in
                    for _ in 0..<16 {
                        group.addTask { await Self.askUntilRefused(fixture.hub, name) }
                    }
                    try? await Task.sleep(for: .milliseconds(500))
                    fixture.hub.process.signal(SIGTERM)
                    return await group.reduce(into: []) { $0 += $1 }
                }
                #expect(await fixture.hub.process.exitCode(within: .seconds(10)) == 0)
                #expect(outcomes.count > 100)
                #expect(outcomes.allSatisfy { $0 == "200" }, "\(Set(outcomes))")
            }
        }

        /// Asks until the hub takes no more connections; a request that was begun and not answered stands out.
        private static func askUntilRefused(_ hub: HubProcess, _ name: String) async -> [String] {
            var outcomes: [String] = []
            while true {
                do {
                    outcomes.append("\(try await hub.predict(name, "42").status)")
                } catch {
                    let text = "\(error)"
                    let refused = ["connectTimeout", "Connection refused", "NIOConnectionError"]
                    if !refused.contains(where: text.contains) { outcomes.append(text) }
                    return outcomes
                }
            }
        }

        @Test("Two hundred requests for unknown models leave no descriptor open")
        func descriptors() async throws {
            try await HubFixture.with { fixture in
                // Connections that close after each request, so that what stays open is the hub's own doing.
                let closing = ["connection": "close"]
                _ = try await fixture.hub.get("/livez", headers: closing)
                let before = fixture.hub.descriptors
                for round in 0..<4 {
                    await withTaskGroup(of: Void.self) { group in
                        for number in 0..<50 {
                            group.addTask {
                                let answer = try? await fixture.hub.post(
                                    "/predict", "{\"model_name\":\"unknown-\(round)-\(number)\",\"id\":\"1\"}",
                                    headers: closing)
                                #expect(answer?.code == "MODEL_NOT_FOUND")
                            }
                        }
                    }
                }
                try await eventually(within: .seconds(20)) { fixture.hub.descriptors <= before }
            }
        }
    }
}
