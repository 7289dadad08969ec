import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Signals", .serialized)
    struct LifetimeTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("SIGTERM: not ready at once, serving on for the delay, then exit code 0")
        func drainDelay() async throws {
            try await HubFixture.with(["PALANTIR_DRAIN_DELAY": "1500ms"]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                fixture.hub.process.signal(SIGTERM)
                try await eventually(within: .seconds(1)) {
                    try await fixture.hub.get("/readyz").body.contains("\"status\":\"draining\"")
                }
                for _ in 0..<20 {
                    let answer = try await fixture.hub.post(
                        "/predict", "{\"model_name\":\"\(name)\",\"id\":\"42\"}", headers: ["connection": "close"])
                    #expect(answer.status == 200)
                }
                #expect(await fixture.hub.process.exitCode(within: .seconds(10)) == 0)
            }
        }

        @Test("SIGTERM while new connections come in one after the other: exit code 0", arguments: 1...4)
        func connecting(_ round: Int) async throws {
            try await HubFixture.with(waitUntilReady: false) { fixture in
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<16 {
                        group.addTask {
                            while fixture.hub.process.isRunning {
                                _ = try? await fixture.hub.get("/livez", headers: ["connection": "close"])
                            }
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(400))
                    fixture.hub.process.signal(SIGTERM)
                    #expect(
                        await fixture.hub.process.exitCode(within: .seconds(10)) == 0, "\(fixture.hub.process.output)")
                }
            }
        }

        @Test("What is still under way after the drain timeout is cut")
        func drainTimeout() async throws {
            try await HubFixture.with(["PALANTIR_DRAIN_TIMEOUT": "300ms"]) { fixture in
                try await Self.whileAsking(fixture) {
                    fixture.hub.process.signal(SIGTERM)
                    #expect(await fixture.hub.process.exitCode(within: .seconds(3)) == 1)
                    #expect(fixture.hub.process.output.contains("PALANTIR_DRAIN_TIMEOUT"))
                }
            }
        }

        @Test("A second signal ends it at once")
        func secondSignal() async throws {
            try await HubFixture.with { fixture in
                try await Self.whileAsking(fixture) {
                    fixture.hub.process.signal(SIGTERM)
                    try await eventually { fixture.hub.process.output.contains("drains") }
                    fixture.hub.process.signal(SIGINT)
                    #expect(await fixture.hub.process.exitCode(within: .seconds(2)) == 1)
                }
            }
        }

        /// While a request is under way that takes longer than a test waits.
        private static func whileAsking(
            _ fixture: HubFixture, _ body: @escaping () async throws -> Void
        ) async throws {
            let name = HubFixture.name()
            try await fixture.register(name, at: "/slow")
            try await eventually { try await fixture.hub.get("/models").body.contains(name) }
            let asking = Task { try? await fixture.hub.predict(name, "42") }
            try await eventually {
                try await fixture.hub.get("/metrics").body.contains("palantir_predictions_in_flight 1")
            }
            try await body()
            #expect(await asking.value == nil)
        }

        @Test("SIGHUP: the limits of the file hold from then on; a wrong file changes nothing, and is told")
        func reload() async throws {
            try await HubFixture.with(envFile: "PALANTIR_MAX_BODY_BYTES=2048\n") { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let body = "{\"model_name\":\"\(name)\",\"id\":\"42\"}" + String(repeating: " ", count: 1_500)
                #expect(try await fixture.hub.post("/predict", body).status == 200)

                try fixture.reload("PALANTIR_MAX_BODY_BYTES=1024\nPALANTIR_LOG_LEVEL=debug\n")
                try await eventually { try await fixture.hub.post("/predict", body).code == "BODY_TOO_LARGE" }
                try await eventually { fixture.hub.process.output.contains("only at the next start") }

                try fixture.reload("PALANTIR_MAX_BODY_BYTES=many\n")
                try await eventually { fixture.hub.process.output.contains("the old ones hold") }
                #expect(fixture.hub.process.output.contains("PALANTIR_MAX_BODY_BYTES is \"many\""))
                #expect(try await fixture.hub.post("/predict", body).code == "BODY_TOO_LARGE")

                try fixture.reload("PALANTIR_HOSTS=only.this.one\n")
                try await eventually { try await fixture.hub.post("/predict", body).code == "HOST_NOT_ALLOWED" }
            }
        }
    }
}
