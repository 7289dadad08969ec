import Foundation
import PalantirTesting
import Testing

/// A hub on servers of this suite's own: what others register would be found by the lists, and asked for.
@Suite("The OpenAPI description and a real hub", .serialized, .mlflowAndMariaDB)
struct OpenAPIConformanceTests {
    private static let folder = Place.package.appendingPathComponent("Tests/OpenAPITests").path
    private static let tools = Place.package.appendingPathComponent(".build-openapi/bin").path

    init() async throws {
        try await Servers.mariaDB().execute(
            """
            CREATE TABLE IF NOT EXISTS churn_features (id VARCHAR(100) PRIMARY KEY, support_calls INT, spend DECIMAL(10,2));
            REPLACE INTO churn_features VALUES ('1', 0, 10.50), ('42', 2, NULL), ('43', 7, 99.90);
            """)
        guard try await Servers.http().get(Servers.mlflow().uri + Self.churn).status != 200 else { return }
        let tags = ["feature_store": "churn_features", "uri": try Servers.model().uri("/predict")]
        try await Servers.mlflow().register("churn", tags: tags)
        for _ in 1...3 { try await Servers.mlflow().addVersion(of: "churn") }
        try await Servers.mlflow().setAlias("champion", of: "churn", to: 2)
    }

    private static let churn = "/api/2.0/mlflow/registered-models/get?name=churn"

    @Test("It is valid OpenAPI 3.1, and its examples are what its schemas say")
    func document() async throws {
        try await HubFixture.with { fixture in
            let check = try await CommandLineTool([
                Self.tools + "/python", "-B", Self.folder + "/check_document.py", fixture.hub.url + "/openapi.json",
            ])
            #expect(check.exitCode == 0, "\(check.output)")
            #expect(check.output.contains("OpenAPI 3.1.0"))
        }
    }

    @Test(
        "schemathesis finds no failure, on a hub that asks nobody and on one that asks for a key",
        arguments: [false, true])
    func schemathesis(asksForKey: Bool) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        var key = "none"
        var settings = ["PALANTIR_WEBHOOK_SECRET": "webhook-secret-of-the-tests"]
        var arguments: [String] = []
        if asksForKey {
            let keys = folder + "/keys.json"
            settings.merge(["PALANTIR_KEYS_FILE": keys, "PALANTIR_MODEL_HOSTS": "127.0.0.1"]) { _, new in new }
            let scopes = ["predict", "features", "models", "deployments", "admin"].flatMap { ["--scope", $0] }
            let made = try await CommandLineTool(
                [Place.palantir, "keys", "create", "all", "--file", keys, "--json"] + scopes)
            let json = try JSONSerialization.jsonObject(with: Data(made.output.utf8)) as? [String: String]
            key = try #require(json?["secret"], "\(made.output)")
        } else {
            // It says that keys are asked for, and this hub asks for none.
            arguments += ["--exclude-checks", "ignored_auth"]
        }
        try await HubFixture.with(settings) { fixture in
            // In a folder of its own, since it writes where it stands.
            let command =
                ["\(Self.tools)/schemathesis", "--config-file", "\(Self.folder)/schemathesis.toml", "run"] + arguments
            let run = try await CommandLineTool(
                ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", folder] + command
                    + [fixture.hub.url + "/openapi.json"],
                environment: ["SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": Self.folder, "PALANTIR_API_KEY": key],
                within: .seconds(180))
            #expect(run.exitCode == 0, "\(run.output.suffix(20_000))")
            for phase in ["Examples", "Coverage", "Fuzzing", "Stateful"] {
                #expect(run.output.contains(phase), "\(run.output.suffix(2_000))")
            }
            #expect(fixture.hub.process.isRunning)
        }
    }
}
