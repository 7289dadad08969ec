import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("The audit log of a hub", .serialized)
    struct AuditLogTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        private static func lines(_ path: String) -> [[String: Any]] {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]) ?? ["broken": line]
            }
        }

        @Test("Every request but those for operations stands there, refused ones too")
        func requests() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let path = folder + "/audit.log"
            try await HubFixture.with(["PALANTIR_AUDIT_LOG": path, "PALANTIR_AUDIT_IDS": "true"]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let id = ["x-request-id": "mine-1"]
                let body = "{\"model_name\":\"\(name)\",\"ids\":[\"42\",\"nobody\"]}"
                #expect(try await fixture.hub.post("/predictions", body, headers: id).status == 200)
                #expect(try await fixture.hub.predict(name, "nobody").status == 404)
                #expect(try await fixture.hub.post("/predict", "{").status == 400)
                #expect(try await fixture.hub.post("/predict", body, headers: ["host": "evil.example"]).status == 403)
                #expect(try await fixture.hub.get("/models/\(name)/features/42").status == 200)
                #expect(try await fixture.hub.get("/models/unknown%20\(name)").status == 404)
                #expect(try await fixture.hub.post("/deployments/\(name)/restart", "").status == 404)
                #expect(try await fixture.hub.get("/deployments/artifacts/half-a-secret.zip").status == 404)
                #expect(try await fixture.hub.get("/no/such/route").status == 404)
                for path in ["/livez", "/readyz", "/metrics"] { _ = try await fixture.hub.get(path) }
                try await eventually { Self.lines(path).contains { $0["action"] as? String == "none" } }
                let lines = Self.lines(path)
                func told(_ name: String) -> [String] { lines.map { ($0[name] as? String) ?? "-" } }
                #expect(
                    told("action") == [
                        "predict", "predict", "predict", "predict", "features", "models", "restart", "deployments",
                        "none",
                    ], "\(lines)")
                #expect(
                    told("model") == [name, name, "-", "-", name, "unknown \(name)", name, "-", "-"], "\(lines)")
                #expect(
                    told("code") == [
                        "-", "ENTITY_NOT_FOUND", "INVALID_REQUEST", "HOST_NOT_ALLOWED", "-", "MODEL_NOT_FOUND",
                        "MODEL_NOT_FOUND", "ROUTE_NOT_FOUND", "ROUTE_NOT_FOUND",
                    ], "\(lines)")
                #expect(lines.map { $0["status"] as? Int } == [200, 404, 400, 403, 200, 404, 404, 404, 404])
                #expect(lines[0]["request_id"] as? String == "mine-1")
                #expect(lines[0]["ids"] as? [String] == ["42", "nobody"])
                #expect(lines[4]["ids"] as? [String] == ["42"])
                #expect(!lines.contains { "\($0)".contains("half-a-secret") })
                #expect(try await fixture.hub.get("/metrics").body.contains("palantir_audit_dropped 0"))
            }
        }

        @Test("Nothing that was answered is lost when the hub ends under load")
        func terminated() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let path = folder + "/audit.log"
            try await HubFixture.with(["PALANTIR_AUDIT_LOG": path]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                let answered = await withTaskGroup(of: [String].self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            var ids: [String] = []
                            while let answer = try? await fixture.hub.predict(name, "42") {
                                ids.append(answer.headers["x-request-id"] ?? "none")
                            }
                            return ids
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(700))
                    fixture.hub.process.signal(SIGTERM)
                    return await group.reduce(into: []) { $0 += $1 }
                }
                #expect(await fixture.hub.process.exitCode(within: .seconds(10)) == 0)
                let written = Set(Self.lines(path).compactMap { $0["request_id"] as? String })
                #expect(answered.count > 100)
                #expect(Set(answered).subtracting(written).isEmpty)
                #expect(Self.lines(path).allSatisfy { $0["broken"] == nil })
                let hashed = Self.lines(path).compactMap { ($0["ids"] as? [String])?.first }
                #expect(Set(hashed).count == 1)
                #expect(hashed.first?.count == 32)
            }
        }
    }
}
