import Foundation
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    /// Distinctive secrets everywhere, and then a search of everything that a hub says, starts and writes.
    @Suite("Secrets stay where they belong", .serialized)
    struct CanarySecretTests {
        private static let dsnPassword = "canary-dsn-5501"
        private static let mlflowPassword = "canary-mlflow-5502"
        private static let mlflowToken = "canary-token-5503"
        private static let rayToken = "canary-ray-5504"
        private static let text = "canary-feature-5505"
        private static let apiKey = "canary-key-5507"
        /// May do nothing, and that once a second.
        private static let narrowKey = "canary-narrow-5508"
        private static let wrongKey = "canary-wrong-5509"
        private static let webhookSecret = "canary-webhook-5510"
        /// In a tag, where none belongs; the registry's copy on disk holds tags as they are.
        private static let tagPassword = "canary-tag-5506"
        /// Of a model that the hub runs itself.
        private static let number = "7391482.625"

        init() async throws {
            try await Servers.mariaDB().execute(
                """
                CREATE TABLE IF NOT EXISTS numbers (id INT PRIMARY KEY, a DOUBLE, b DOUBLE);
                REPLACE INTO numbers VALUES (900, \(Self.number), 1);
                CREATE TABLE IF NOT EXISTS canaries (id VARCHAR(20) PRIMARY KEY, note VARCHAR(100));
                REPLACE INTO canaries VALUES ('42', '\(Self.text)');
                CREATE USER IF NOT EXISTS canary@'%' IDENTIFIED BY '\(Self.dsnPassword)';
                GRANT SELECT ON features.* TO canary@'%';
                """)
        }

        @Test("Under work and every failure no log, metric, answer, process, audit line or file holds one")
        func search() async throws {
            let certificates = try await TestCertificates()
            defer { certificates.remove() }
            let pair = try await certificates.make("server")
            let prefix = HubFixture.name()
            let keys = APIKeyFile(path: certificates.folder + "/keys.json")
            let every = Set(Scope.allCases)
            try keys.update { keys in
                keys = [(Self.apiKey, "all", every, nil), (Self.narrowKey, "narrow", [.predict], 1)].map {
                    secret, name, scopes, rate in
                    APIKey(
                        name: name, digest: Array(APIKeySecret.digest(of: secret)), scopes: scopes,
                        models: name == "all" ? .all : .none, requestsPerSecond: rate, created: Date())
                }
            }
            let issuer = try TestIssuer()
            try issuer.keySet().write(
                toFile: certificates.folder + "/jwks.json", atomically: true, encoding: .utf8)
            let tokens = [
                try issuer.token(TestIssuer.claims()), try issuer.token(TestIssuer.claims(["aud": "another"])),
                try TestIssuer.forged(TestIssuer.claims(), header: ["alg": "none"], secret: nil),
            ]
            let kinds = ["regressor", "failing", "unloadable"]
            try await DeploymentFixture.register(kinds.map { ($0, "\(prefix)-\($0)") })
            let key = try String(contentsOfFile: pair.key, encoding: .utf8).split(separator: "\n").map(String.init)[1]
            var settings = [
                "MYSQL_DSN": "canary:\(Self.dsnPassword)@tcp(127.0.0.1:\(try Servers.mariaDB().port))/features",
                "MLFLOW_TRACKING_USERNAME": "somebody", "MLFLOW_TRACKING_PASSWORD": Self.mlflowPassword,
                "MLFLOW_TRACKING_TOKEN": Self.mlflowToken, "RAY_AUTH_TOKEN": Self.rayToken,
                "PALANTIR_TLS_CERTIFICATE": pair.certificate, "PALANTIR_TLS_KEY": pair.key,
                "PALANTIR_KEYS_FILE": keys.path, "PALANTIR_WEBHOOK_SECRET": Self.webhookSecret,
                "PALANTIR_JWKS": certificates.folder + "/jwks.json", "PALANTIR_JWT_ISSUER": TestIssuer.name,
                "PALANTIR_JWT_AUDIENCE": TestIssuer.audience, "PALANTIR_MODEL_HOSTS": "127.0.0.1",
                "PALANTIR_LOG_LEVEL": "trace", "PALANTIR_AUDIT_LOG": certificates.folder + "/audit.log",
                "PALANTIR_AUTODEPLOY": "tagged", "PALANTIR_AUTODEPLOY_MODELS": "\(prefix)-*",
                "PALANTIR_PYTHON": Place.python, "PALANTIR_REGISTRY_REFRESH_MS": "300",
                "PALANTIR_REQUEST_TIMEOUT_MS": "1500", "PALANTIR_READ_TIMEOUT_MS": "700", "PALANTIR_MAX_IN_FLIGHT": "4",
                "PALANTIR_MAX_BODY_BYTES": "2048",
            ]
            if geteuid() == 0 { settings["PALANTIR_AUTODEPLOY_USER"] = "root" }
            try await HubFixture.with(settings, tls: .init(authority: certificates.authority), apiKey: Self.apiKey) {
                fixture in
                var said: [String] = []
                let deployment = DeploymentFixture(fixture: fixture)
                try await deployment.ready("\(prefix)-regressor")
                let predicted = try await deployment.predict("\(prefix)-regressor", 900)
                #expect(predicted.status == 200, "\(predicted.body)")
                for token in tokens {
                    said.append(
                        try await fixture.hub.get("/models", headers: ["authorization": "Bearer \(token)"]).body)
                }
                #expect(said[0].contains("\"models\""), "the first of the tokens is good")
                let codes = try await Self.everyError(fixture, prefix, &said)
                #expect(
                    codes == [
                        "INVALID_REQUEST", "UNAUTHENTICATED", "PERMISSION_DENIED", "RATE_LIMITED", "HOST_NOT_ALLOWED",
                        "MODEL_NOT_FOUND", "VERSION_NOT_FOUND",
                        "ENTITY_NOT_FOUND", "ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED", "REQUEST_TIMEOUT",
                        "HEADERS_TOO_LARGE", "BODY_TOO_LARGE", "OVERLOADED", "MODEL_MISCONFIGURED",
                        "MODEL_UNREACHABLE", "MODEL_FAILED", "MODEL_BAD_ANSWER", "MODEL_NOT_READY", "MODEL_SUSPENDED",
                        "REGISTRY_UNAVAILABLE", "FEATURE_STORE_UNAVAILABLE", "DEADLINE_EXCEEDED",
                    ])
                for path in [
                    "/metrics", "/readyz", "/models", "/deployments", "/deployments/\(prefix)-failing",
                    "/deployments/\(prefix)-unloadable/log", "/deployments/\(prefix)-failing/log",
                ] { said.append(try await fixture.hub.get(path).body) }
                let secrets =
                    [
                        Self.dsnPassword, Self.mlflowPassword, Self.mlflowToken, Self.rayToken, Self.text, Self.number,
                        key,
                        Self.apiKey, Self.narrowKey, Self.wrongKey, Self.webhookSecret,
                        Data("somebody:\(Self.mlflowPassword)".utf8).base64EncodedString(),
                    ] + tokens
                let inTags = secrets + [Self.tagPassword]
                Self.search(said, for: inTags, "an answer")
                let processes = ProcessTree.descendants(of: fixture.hub.process.identifier)
                #expect(processes.count >= 2, "the fork server and a model")
                let commands = ([fixture.hub.process.identifier] + processes).map { Self.read("/proc/\($0)/cmdline") }
                #expect(commands.allSatisfy { !$0.isEmpty })
                Self.search(commands, for: secrets, "a command line")
                let environments = processes.map { Self.read("/proc/\($0)/environ") }
                #expect(environments.contains { $0.contains("PATH=") })
                Self.search(environments, for: secrets, "a child's environment")

                fixture.hub.process.signal(SIGHUP)
                try await eventually { fixture.hub.process.output.contains("settings were read again") }
                _ = await fixture.hub.process.stop()
                let log = fixture.hub.process.output
                #expect(log.contains("name=MYSQL_DSN") && log.contains("value=(hidden)"), "the settings are told")
                #expect(log.contains("Request failed") && log.contains("Deployment failed"))
                Self.search([log], for: inTags, "the log")
                let audit = Self.read(certificates.folder + "/audit.log")
                #expect(audit.contains("\"code\":\"MODEL_FAILED\""))
                Self.search([audit], for: inTags + ["\"42\"", "\"900\""], "the audit log")
                let files = Self.files(in: fixture.folder)
                #expect(files.contains { $0.hasSuffix("registry.snapshot") } && files.contains { $0.hasSuffix(".log") })
                for file in files { Self.search([Self.read(file)], for: secrets, file) }
            }
        }

        /// Causes every error that a hub has.
        ///
        /// - Parameter said: every answer is added.
        /// - Returns: the codes that came.
        private static func everyError(
            _ fixture: HubFixture, _ prefix: String, _ said: inout [String]
        ) async throws -> Set<String> {
            let hub = fixture.hub
            let (mlflow, database, model) = (try Servers.mlflow(), try Servers.mariaDB(), try Servers.model())
            func register(_ uri: String, _ tags: [String: String] = [:]) async throws -> String {
                let name = HubFixture.name()
                let all = ["feature_store": "canaries", "uri": uri].merging(tags) { $1 }
                try await mlflow.register(name, tags: all)
                return name
            }
            var answers: [TestHTTP.Answer] = []
            let good = try await register(model.uri("/predict"))
            let slow = try await register(model.uri("/slow"))
            let failing = try await register(model.uri("/failing"))
            answers.append(try await hub.predict(good, "nobody"))
            answers.append(try await hub.predict("\(good)/9", "42"))
            answers.append(try await hub.predict("no-such-model", "42"))
            let one = "{\"model_name\":\"\(good)\",\"id\":\"42\"}"
            for _ in 0..<2 { answers.append(try await hub.post("/predict", one, headers: ["x-api-key": narrowKey])) }
            answers.append(try await hub.post("/predict", one, headers: ["authorization": "Bearer \(wrongKey)"]))
            answers.append(
                try await hub.post("/webhooks/mlflow", "{}", headers: ["x-mlflow-signature": webhookSecret]))
            answers.append(try await hub.post("/predict", "{\"model_name\": \"\(text)\", \"model_name\": 1}"))
            answers.append(try await hub.post("/predict", String(repeating: " ", count: 3_000)))
            answers.append(
                try await hub.post("/predict", "{}", headers: ["host": "elsewhere.example"]))
            answers.append(try await hub.get("/predict"))
            answers.append(try await hub.get("/nothing"))
            answers.append(try await hub.get("/livez", headers: ["x-long": String(repeating: "x", count: 20_000)]))
            answers.append(try await hub.predict(try await register("ftp://me:\(tagPassword)@h/"), "42"))
            let gone = try await register("http://127.0.0.1:\(try Place.freePort())/x?token=\(tagPassword)")
            for _ in 0..<8 { answers.append(try await hub.predict(gone, "42")) }
            answers.append(try await hub.predict(try await register(model.uri("/html")), "42"))
            answers.append(try await hub.predict(failing, "42"))
            for kind in ["failing", "unloadable"] {
                try await eventually(within: .seconds(60)) {
                    try await DeploymentFixture(fixture: fixture).state("\(prefix)-\(kind)") == "failed"
                }
                answers.append(try await hub.predict("\(prefix)-\(kind)", "900"))
            }
            answers += try await withThrowingTaskGroup(of: TestHTTP.Answer.self) { group in
                for _ in 0..<12 { group.addTask { try await hub.predict(slow, "42") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let late = try await CommandLineTool([
                "/bin/sh", "-c",
                "(printf 'POST /predict HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-length: 9\\r\\n\\r\\n{'; sleep 3) "
                    + "| openssl s_client -quiet -connect 127.0.0.1:\(hub.port) 2>/dev/null",
            ])
            said.append(late.output)
            await database.stop()
            answers.append(try await hub.predict(good, "42"))
            await mlflow.stop()
            answers.append(try await hub.predict("another-\(prefix)", "42"))
            try await eventually { try await hub.get("/readyz").body.contains("The feature store is unavailable") }
            said.append(try await hub.get("/readyz").body)
            try await database.start()
            try await mlflow.start()
            said += answers.map(\.body)
            let codes =
                answers.compactMap(\.code) + (late.output.contains("REQUEST_TIMEOUT") ? ["REQUEST_TIMEOUT"] : [])
            return Set(codes)
        }

        private static func search(_ texts: [String], for secrets: [String], _ place: String) {
            for (text, secret) in texts.flatMap({ text in secrets.map { (text, $0) } }) where text.contains(secret) {
                let lines = text.split(separator: "\n").filter { $0.contains(secret) }
                Issue.record("\(place) holds \(secret): \(lines.first?.prefix(500) ?? "")")
            }
        }

        private static func read(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }

        private static func files(in folder: String) -> [String] {
            let names = FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []
            return names.map { "\(folder)/\($0)" }
        }
    }
}
