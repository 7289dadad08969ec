import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Keys, from making to revoking", .serialized)
    struct KeysTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        private func palantir(
            _ arguments: [String], environment: [String: String] = [:]
        ) async throws -> CommandLineTool {
            try await CommandLineTool([Place.palantir] + arguments, environment: environment)
        }

        private func create(_ file: String, _ arguments: String...) async throws -> String {
            let made = try await palantir(["keys", "create"] + arguments + ["--file", file, "--json"])
            let json = try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: Any]
            return try #require(json?["secret"] as? String, "\(made.output)")
        }

        @Test("A key is made, used by the commands, listed and revoked; a hub on every address asks for one")
        func life() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let file = folder + "/keys.json"
            let name = HubFixture.name()
            let secret = try await create(file, "shop", "--scope", "predict", "--scope", "models", "--model", name)
            let admin = try await create(file, "ops", "--scope", "admin", "--expires", "90d")
            let settings = [
                "PALANTIR_KEYS_FILE": file, "PALANTIR_HOST": "0.0.0.0", "PALANTIR_MODEL_HOSTS": "127.0.0.1",
            ]
            try await HubFixture.with(settings) { fixture in
                try await fixture.register(name)
                let (url, key) = (["PALANTIR_URL": fixture.hub.url], ["PALANTIR_API_KEY": secret])
                let refused = try await palantir(["predict", name, "42"], environment: url)
                #expect(refused.exitCode == 1)
                #expect(refused.output.contains("UNAUTHENTICATED"), "\(refused.output)")
                let environment = url.merging(key) { first, _ in first }
                let served = try await palantir(["predict", name, "42"], environment: environment)
                #expect(served.exitCode == 0, "\(served.output)")
                let features = try await palantir(["features", name, "42"], environment: environment)
                #expect(features.output.contains("PERMISSION_DENIED"), "\(features.output)")
                let metrics = try await fixture.hub.get("/metrics", headers: ["x-api-key": admin])
                #expect(metrics.status == 200)

                let list = try await palantir(["keys", "list"], environment: ["PALANTIR_KEYS_FILE": file])
                #expect(list.output.contains("shop") && list.output.contains("predict,models"), "\(list.output)")
                #expect(!list.output.contains(secret))
                let again = try await palantir(["keys", "create", "shop", "--file", file])
                #expect(again.exitCode == 1)
                #expect(again.output.contains("already"), "\(again.output)")
                let revoked = try await palantir(["keys", "revoke", "shop", "--file", file])
                #expect(revoked.exitCode == 0)
                try await eventually(within: .seconds(1)) {
                    try await palantir(["predict", name, "42"], environment: environment).exitCode == 1
                }
                #expect(try await palantir(["keys", "revoke", "shop", "--file", file]).exitCode == 1)
                // Neither the keys nor what was wrong with a caller's are in the log.
                #expect(!fixture.hub.process.output.contains(secret))
            }
        }

        @Test(
            "Wrong usage is told",
            arguments: [
                (["keys", "create", "a b", "--file", "k"], "A key's name"),
                (["keys", "create", "a", "--scope", "root", "--file", "k"], "predict, features, models"),
                (["keys", "create", "a", "--expires", "yesterday", "--file", "k"], "--expires"),
                (["keys", "create", "a", "--requests-per-second", "0", "--file", "k"], "A rate"),
                (["keys", "create", "a"], "PALANTIR_KEYS_FILE"),
                (["keys", "list", "--file", "/nowhere/k"], "/nowhere/k"),
                (["keys", "create", "a", "--file", "/nowhere/k"], "cannot be written"),
            ])
        func usage(_ arguments: [String], _ told: String) async throws {
            let result = try await palantir(arguments)
            #expect(result.exitCode != 0)
            #expect(result.output.contains(told), "\(result.output)")
        }

        @Test("A keys file that is not there or not right ends the start, and says why")
        func wrongFile() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let environment = [
                "MLFLOW_URI": "http://127.0.0.1:1", "PALANTIR_DATA": folder,
                "PALANTIR_KEYS_FILE": folder + "/keys.json",
                "PALANTIR_MODEL_HOSTS": "127.0.0.1",
            ]
            let missing = try await palantir(["serve"], environment: environment)
            #expect(missing.exitCode == 1)
            #expect(missing.output.contains("palantir keys create"), "\(missing.output)")
            try #"{"keys":[{"name":"a"}]}"#.write(toFile: folder + "/keys.json", atomically: true, encoding: .utf8)
            let wrong = try await palantir(["serve"], environment: environment)
            #expect(wrong.output.contains("lacks the member"), "\(wrong.output)")
        }
    }
}
