import PalantirTesting
import Testing

extension HubTests {
    @Suite("Replicas of a model", .serialized)
    struct ReplicaTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("A model's only replica that is gone is suspended, and asked again after a while")
        func suspended() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                let port = try Place.freePort()
                try await fixture.register(name, tags: ["uri": "http://127.0.0.1:\(port)/predict"])
                var codes: [String?] = []
                for _ in 0..<6 { codes.append(try await fixture.hub.predict(name, "42").code) }
                #expect(codes.first == "MODEL_UNREACHABLE")
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.status == 503)
                #expect(answer.code == "MODEL_SUSPENDED")
                let pause = try #require(answer.headers["retry-after"].flatMap { Int($0) })
                #expect((1...6).contains(pause))
                #expect(try await fixture.hub.get("/metrics").body.contains("palantir_model_replicas_ejected 1"))

                let model = try await TestModel(port: port)
                try await eventually(within: .seconds(10)) { try await fixture.hub.predict(name, "42").status == 200 }
                for _ in 0..<20 { #expect(try await fixture.hub.predict(name, "1").status == 200) }
                await model.stop()
            }
        }

        @Test("One replica of three that is gone is noticed by no caller")
        func oneGone() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                let others = [try await TestModel(), try await TestModel()]
                let uris = ["http://127.0.0.1:\(try Place.freePort())/predict"] + others.map { $0.uri("/predict") }
                try await fixture.register(name, tags: ["uri": uris.joined(separator: ",")])
                for _ in 0..<50 { #expect(try await fixture.hub.predict(name, "42").status == 200) }
                for other in others {
                    #expect(other.routes.lastRequest.value?.contains("\"42\"") == true, "both of the others are asked")
                    await other.stop()
                }
            }
        }

        @Test("One replica of three that hangs costs one caller its time, and then nobody")
        func oneHangs() async throws {
            try await HubFixture.with(["PALANTIR_REQUEST_TIMEOUT_MS": "1500"]) { fixture in
                let name = HubFixture.name()
                let others = [try await TestModel(), try await TestModel()]
                let uris = [try Servers.model().uri("/slow")] + others.map { $0.uri("/predict") }
                try await fixture.register(name, tags: ["uri": uris.joined(separator: ",")])
                var statuses: [Int] = []
                for _ in 0..<60 { statuses.append(try await fixture.hub.predict(name, "42").status) }
                #expect(statuses.count { $0 == 504 } == 1, "\(statuses)")
                #expect(statuses.count { $0 == 200 } == 59)
                for other in others { await other.stop() }
            }
        }

        @Test("A model is told how much time is left")
        func timeLeft() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let body = "{\"model_name\":\"\(name)\",\"id\":\"42\"}"
                _ = try await fixture.hub.post("/predict", body, headers: ["x-request-timeout-ms": "900"])
                let left = try #require(try Servers.model().routes.lastTimeout.value.flatMap { Int($0) })
                #expect((1...900).contains(left))
            }
        }
    }
}
