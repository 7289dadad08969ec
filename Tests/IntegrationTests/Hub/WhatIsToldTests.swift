import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// Errors under real failures: what stands in them, and in the log.
    @Suite("What is told", .serialized)
    struct WhatIsToldTests {
        private static let feature = "canary-feature-7391"
        private static let password = "canary-password-2846"

        init() async throws {
            try await HubFixture.fillUsers()
            try await Servers.mariaDB().execute(
                """
                CREATE TABLE IF NOT EXISTS told (id VARCHAR(20) PRIMARY KEY, note VARCHAR(100));
                REPLACE INTO told VALUES ('42', '\(Self.feature)');
                DELIMITER //
                CREATE OR REPLACE FUNCTION refuse(what TEXT) RETURNS INT DETERMINISTIC
                BEGIN
                    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = what;
                    RETURN 1;
                END //
                DELIMITER ;
                CREATE OR REPLACE VIEW told_failing AS SELECT id, refuse(note) AS x FROM told;
                """)
        }

        /// What no error holds: addresses, paths, SQL, a library's own words, and what others wrote.
        private static func leaks(in text: String) -> [String] {
            let needles = [
                "127.0.0.1", "localhost", "10.1.2.3", "://", "/tmp", "palantir-tests", "SELECT", "45000", "NIO",
                "Error(", "Traceback", "canary", "html",
            ]
            return needles.filter { text.contains($0) }
        }

        /// Asks for a prediction, and looks at the error that must come, and at that of `/models`.
        private static func check(_ fixture: HubFixture, _ name: String, _ code: String) async throws {
            let answer = try await fixture.hub.predict(name, "42")
            #expect(answer.code == code, "\(answer.body)")
            #expect(leaks(in: answer.body) == [], "\(answer.body)")
            let problem = try await fixture.hub.post(
                "/predict", "{\"model_name\":\"\(name)\",\"id\":\"42\"}",
                headers: ["accept": "application/problem+json"])
            #expect(leaks(in: problem.body) == [], "\(problem.body)")
            let described = try await fixture.hub.get("/models/\(name)")
            // Its `detail` is for those who may see the tag anyway.
            if let error = (described.member("error") as? [String: Any])?["error"] {
                #expect(leaks(in: "\(error)") == [], "\(error)")
            }
        }

        private static func checkOperations(_ fixture: HubFixture) async throws {
            for path in ["/readyz", "/metrics", "/livez"] {
                let body = try await fixture.hub.get(path).body
                #expect(leaks(in: body) == [], "\(path): \(body)")
            }
            let lines = fixture.hub.process.output.split(separator: "\n")
            for secret in [feature, password] { #expect(lines.filter { $0.contains(secret) } == []) }
        }

        @Test("Models that are down, fail, lie or are misconfigured: no error holds an address, a value or their words")
        func models() async throws {
            try await HubFixture.with(["PALANTIR_LOG_LEVEL": "trace", "PALANTIR_REQUEST_TIMEOUT_MS": "1500"]) {
                fixture in
                let model = try Servers.model()
                let gone = "http://127.0.0.1:\(try Place.freePort())/predict?token=\(Self.password)"
                for (uri, code) in [
                    (gone, "MODEL_UNREACHABLE"), (model.uri("/failing"), "MODEL_FAILED"),
                    (model.uri("/html"), "MODEL_BAD_ANSWER"), (model.uri("/redirecting"), "MODEL_FAILED"),
                    (model.uri("/slow"), "DEADLINE_EXCEEDED"),
                    ("ftp://me:\(Self.password)@10.1.2.3/x", "MODEL_MISCONFIGURED"),
                    ("http://me:\(Self.password)@10.1.2.3/x", "MODEL_MISCONFIGURED"),
                ] {
                    let name = HubFixture.name()
                    try await fixture.register(name, tags: ["feature_store": "told", "uri": uri])
                    try await Self.check(fixture, name, code)
                    let described = try await fixture.hub.get("/models/\(name)")
                    #expect(!described.body.contains(Self.password), "\(described.body)")
                }
                try await Self.checkOperations(fixture)
            }
        }

        @Test(
            "Tables that are missing, lack a column, or whose database quotes a value: neither callers nor the log are told"
        )
        func tables() async throws {
            try await HubFixture.with(["PALANTIR_LOG_LEVEL": "trace"]) { fixture in
                for (tags, code) in [
                    (["feature_store": "nowhere"], "MODEL_MISCONFIGURED"),
                    (["feature_store": "told", "entity_key": "nothing"], "MODEL_MISCONFIGURED"),
                    (["feature_store": "mysql.user"], "MODEL_MISCONFIGURED"),
                    (["feature_store": "told_failing"], "FEATURE_STORE_UNAVAILABLE"),
                ] {
                    let name = HubFixture.name()
                    try await fixture.register(name, tags: tags)
                    try await Self.check(fixture, name, code)
                    let row = try await fixture.hub.get("/models/\(name)/features/42")
                    #expect(Self.leaks(in: row.body) == [], "\(row.body)")
                }
                let quotes = fixture.hub.process.output.contains("MySQL error 1644, whose words may quote values")
                #expect(quotes, "\(fixture.hub.process.output.suffix(2_000))")
                try await Self.checkOperations(fixture)
            }
        }

        @Test("With the database and MLflow down, errors and readiness tell states, not addresses")
        func down() async throws {
            try await HubFixture.with(["PALANTIR_LOG_LEVEL": "trace"]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, tags: ["feature_store": "told"])
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                let (mlflow, database) = (try Servers.mlflow(), try Servers.mariaDB())
                await database.stop()
                await mlflow.stop()
                try await Self.check(fixture, name, "FEATURE_STORE_UNAVAILABLE")
                try await Self.check(fixture, "unknown-\(name)", "REGISTRY_UNAVAILABLE")
                try await eventually {
                    let body = try await fixture.hub.get("/readyz").body
                    return body.contains("The model registry is unavailable")
                        && body.contains("The feature store is unavailable")
                }
                try await Self.checkOperations(fixture)
                try await database.start()
                try await mlflow.start()
            }
        }

        @Test("An MLflow that answers nonsense, and repeats our token: nothing of it is told or logged")
        func nonsense() async throws {
            for path in ["/echo", "/echo/broken", "/echo/failing"] {
                let settings = [
                    "MLFLOW_URI": try Servers.model().uri(path), "MLFLOW_TRACKING_TOKEN": Self.password,
                    "PALANTIR_LOG_LEVEL": "trace", "PALANTIR_REGISTRY_REFRESH_MS": "200",
                ]
                try await HubFixture.with(settings, waitUntilReady: false) { fixture in
                    try await eventually {
                        try await fixture.hub.get("/readyz").body.contains("The model registry is unavailable")
                    }
                    let answer = try await fixture.hub.predict("churn", "42")
                    #expect(answer.code == "REGISTRY_UNAVAILABLE")
                    #expect(Self.leaks(in: answer.body) == [], "\(answer.body)")
                    try await Self.checkOperations(fixture)
                }
            }
        }
    }
}
