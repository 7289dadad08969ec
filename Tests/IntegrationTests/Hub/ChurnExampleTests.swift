import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// The example as its README has it: a real scikit-learn model behind its own API.
    @Suite("The churn example", .serialized)
    struct ChurnExampleTests {
        private static let example = Place.package.appendingPathComponent("examples/churn").path

        @Test("Trained, registered and served, it answers probabilities by label on both feature stores")
        func churn() async throws {
            let mlflow = try Servers.mlflow()
            let database = try Servers.mariaDB()
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let port = try Place.freePort()
            let name = "churn-" + HubFixture.name()
            for features in [
                "sqlite:///\(folder)/features.sqlite", "mysql://root:@127.0.0.1:\(database.port)/features",
            ] {
                let training = try await CommandLineTool([
                    Place.python, Self.example + "/train.py", "--tracking-uri", mlflow.uri, "--name", name, "--uri",
                    "http://127.0.0.1:\(port)/predict", "--features", features,
                ])
                #expect(training.exitCode == 0, "\(training.output)")
            }
            let api = try await ServerProcess(
                [Place.python, Self.example + "/api.py", "--port", "\(port)", "--model", "models:/\(name)@champion"],
                environment: ["MLFLOW_TRACKING_URI": mlflow.uri, "MLFLOW_DISABLE_TELEMETRY": "true"],
                log: folder + "/api.log")
            do {
                try await eventually(within: .seconds(60)) {
                    (try? await Servers.http().get("http://127.0.0.1:\(port)/health"))?.status == 200
                }
                try await predict(name, ["PALANTIR_DATA": folder, "MYSQL_DSN": ""])
                try await predict(name, [:])
                await api.stop()
            } catch {
                await api.stop()
                throw error
            }
        }

        /// The doctor finds nothing but, where it is so, that the tests are root.
        private func expectWell(_ name: String, _ fixture: HubFixture, rights: Bool) async throws {
            let tool = try await CommandLineTool(
                [Place.palantir, "doctor", name, "--call", "--json"], environment: fixture.environment)
            let json = try JSONSerialization.jsonObject(with: Data(tool.output.utf8)) as? [String: Any]
            let findings = try #require(json?["findings"] as? [[String: Any]], "\(tool.output)")
            let troubles = findings.filter { $0["severity"] as? String != "ok" }.compactMap { $0["check"] as? String }
            #expect(troubles == (rights ? ["feature_store_rights"] : []), "\(tool.output)")
            #expect(findings.contains { $0["check"] as? String == "columns" })
        }

        private func predict(_ name: String, _ settings: [String: String]) async throws {
            try await HubFixture.with(settings) { fixture in
                let ids = (1...4_000).map(String.init).joined(separator: ",")
                let answer = try await fixture.hub.post(
                    "/predictions", "{\"model_name\":\"\(name)\",\"ids\":[\(ids)]}")
                #expect(answer.status == 200, "\(answer.body.prefix(300))")
                #expect(answer.headers["x-model-version"] == "2")
                let predictions = try #require(answer.member("predictions") as? [String: [String: Double]])
                #expect(predictions.count == 4_000)
                let sums = predictions.values.map { $0.values.reduce(0, +) }
                #expect(sums.allSatisfy { abs($0 - 1) < 1e-9 })
                let likely = predictions.values.filter { ($0["1"] ?? 0) > 0.5 }.count
                #expect((200..<2_000).contains(likely), "the model tells customers apart")
                try await expectWell(name, fixture, rights: settings["MYSQL_DSN"] == nil)
                let shown = try await fixture.hub.get("/models/\(name)")
                #expect(shown.member("servable") as? Bool == true)
                try await eventually {
                    let signature = try await fixture.hub.get("/models/\(name)").member("signature") as? [String: Any]
                    return (signature?["inputs"] as? [[String: Any]])?.contains { $0["name"] as? String == "plan" }
                        == true
                }
            }
        }
    }
}
