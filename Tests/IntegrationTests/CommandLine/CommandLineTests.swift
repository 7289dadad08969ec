import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("The command line", .serialized)
    struct CommandLineTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        private func palantir(
            _ arguments: String..., environment: [String: String] = [:]
        ) async throws -> CommandLineTool {
            try await CommandLineTool([Place.palantir] + arguments, environment: environment)
        }

        @Test("Predictions, models and features as tables and as JSON")
        func commands() async throws {
            try await HubFixture.with { fixture in
                let name = "with space " + HubFixture.name()
                try await fixture.register(name, at: "/odd")
                let url = ["PALANTIR_URL": fixture.hub.url]
                let table = try await palantir("predict", name, "42", "1", environment: url)
                #expect(table.exitCode == 0)
                #expect(table.output.hasPrefix("ID  big                   tiny  text"), "\(table.output)")
                #expect(table.output.contains("42  12345678901234567890  1e-9  gold"), "\(table.output)")
                let json = try await palantir("predict", name, "42", "--json", "--url", fixture.hub.url)
                #expect(json.output == "{\"id\":\"42\",\"predictions\":\(TestModelRoutes.oddLabels)}\n")
                let models = try await palantir("models", environment: url)
                #expect(models.output.contains(name))
                let model = try await palantir("models", name, environment: url)
                #expect(model.output.contains("spend"))
                #expect(model.output.contains("decimal(10,2)"))
                let features = try await palantir("features", name, "42", environment: url)
                #expect(features.output.contains("spend    99.90"), "\(features.output)")
                let row = try await palantir("features", name, "42", "--json", environment: url)
                #expect(row.output == "{\"id\":\"42\",\"age\":27,\"spend\":99.90}\n")
                let overridden = try await palantir(
                    "predict", name, "42", "--features", "{\"age\": 5}", environment: url)
                #expect(overridden.exitCode == 0)
            }
        }

        @Test("Exit codes tell what went wrong")
        func exitCodes() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let url = ["PALANTIR_URL": fixture.hub.url]
                let some = try await palantir("predict", name, "42", "nobody", environment: url)
                #expect(some.exitCode == 2)
                #expect(some.output.contains("nobody"))
                let unknown = try await palantir("predict", "unknown-model", "42", environment: url)
                #expect(unknown.exitCode == 1)
                #expect(unknown.output.contains("MODEL_NOT_FOUND"))
                let usage = try await palantir("predict", name, environment: url)
                #expect(usage.exitCode == 64)
                let features = try await palantir("predict", name, "1", "--features", "[]", environment: url)
                #expect(features.exitCode == 64)
            }
            let nobody = try await palantir("models", "--url", "http://127.0.0.1:\(try Place.freePort())")
            #expect(nobody.exitCode == 69)
            #expect(nobody.output.contains("palantir serve"))
        }

        @Test("Wrong settings are told all at once, and stop the start")
        func wrongSettings() async throws {
            let result = try await palantir(
                "serve", "--log-level", "loud",
                environment: [
                    "PALANTIR_PROT": "1", "PALANTIR_PORT": "many", "MLFLOW_URI": "ftp://x",
                    "MYSQL_DSN": "root:s3cret@tcp(h)/db?unknown=1",
                ])
            #expect(result.exitCode == 78)
            for named in ["PALANTIR_PROT", "PALANTIR_PORT", "MLFLOW_URI", "PALANTIR_LOG_LEVEL", "unknown"] {
                #expect(result.output.contains(named), "\(result.output)")
            }
            #expect(!result.output.contains("s3cret"))
        }

        @Test("A port that is in use is told with the way out")
        func portInUse() async throws {
            try await HubFixture.with { fixture in
                let result = try await palantir(
                    "serve", "--port", "\(fixture.hub.port)", environment: fixture.environment)
                #expect(result.exitCode == 1)
                #expect(result.output.contains("is in use"), "\(result.output)")
            }
        }

        @Test("A .env file gives settings, the environment wins over it, a flag over both")
        func envFile() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let file = folder + "/settings.env"
            try "PALANTIR_PORT=70000\nPALANTIR_MAX_IN_FLIGHT=none\nMLFLOW_URI=http://127.0.0.1:9\n"
                .write(toFile: file, atomically: true, encoding: .utf8)
            let result = try await palantir(
                "serve", "--env-file", file, "--max-in-flight", "0", environment: ["PALANTIR_PORT": "70001"])
            #expect(result.exitCode == 78)
            #expect(result.output.contains("70001"))
            #expect(!result.output.contains("70000"))
            #expect(result.output.contains("PALANTIR_MAX_IN_FLIGHT is \"0\""))
            #expect(!result.output.contains("MLFLOW_URI"))
        }
    }
}
