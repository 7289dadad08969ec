import Foundation
import PalantirTesting
import Testing

/// All suites that share one MLflow and one MariaDB.
@Suite("The hub on real components", .serialized, .mlflowAndMariaDB)
struct HubTests {}

extension HubTests {
    @Suite("Predictions", .serialized)
    struct PredictionTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("With MLFLOW_URI and MYSQL_DSN alone, the mission's request is answered exactly")
        func mission() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.status == 200)
                #expect(answer.body == #"{"predictions":{"42":{"row":{"id":"42","age":27,"spend":99.90}}}}"#)
                #expect(answer.headers["content-type"] == "application/json")
                #expect(answer.headers["server-timing"]?.contains("model;dur=") == true)
                #expect(answer.headers["x-request-id"]?.isEmpty == false)
                let sent = try Servers.model().routes.lastRequest.value
                #expect(sent == #"{"values":[{"id":"42","age":27,"spend":99.90}]}"#)
            }
        }

        @Test("Label values pass byte for byte")
        func oddLabels() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, at: "/odd")
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.body == "{\"predictions\":{\"42\":\(TestModelRoutes.oddLabels)}}")
            }
        }

        @Test("A batch answers each id by itself, with the request's own features")
        func batch() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let answer = try await fixture.hub.post(
                    "/predictions",
                    """
                    {"model_name":"\(name)","ids":["42",1,"nobody"],"features":{"1":{"age":99,"extra":[1]}}}
                    """)
                #expect(answer.status == 200)
                let expected =
                    #"{"predictions":{"42":{"row":{"id":"42","age":27,"spend":99.90}},"#
                    + #""1":{"row":{"id":"1","spend":10.50,"age":99,"extra":[1]}}},"errors":{"nobody":"#
                #expect(answer.body.hasPrefix(expected), "\(answer.body)")
                #expect(answer.body.contains("ENTITY_NOT_FOUND"))
            }
        }

        @Test("Never the wrong entity", arguments: ["USER-1", "user-1 ", "1abc", "01", "User-1", " 1"])
        func wrongEntity(_ id: String) async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let answer = try await fixture.hub.predict(name, id)
                #expect(answer.status == 404)
                #expect(answer.code == "ENTITY_NOT_FOUND")
            }
        }

        @Test("Names with spaces, quotes and other scripts; aliases, versions and their tags")
        func namesAndVersions() async throws {
            try await HubFixture.with { fixture in
                let mlflow = try Servers.mlflow()
                let model = try Servers.model()
                let name = "Ünï 'quoted' \(HubFixture.name()) % ? # 模型"
                try await fixture.register(name, at: "/predict")
                try await mlflow.addVersion(of: name)
                try await mlflow.addVersion(of: name, tags: ["uri": model.uri("/odd")])
                try await mlflow.addVersion(of: name)
                try await mlflow.setAlias("shadow", of: name, to: 2)
                let latest = try await fixture.hub.predict(name, "42")
                #expect(latest.headers["x-model-version"] == "3")
                for path in ["\(name)@shadow", "\(name)/2"] {
                    let answer = try await fixture.hub.predict(path, "42")
                    #expect(answer.headers["x-model-version"] == "2")
                    #expect(answer.body.contains("gold"), "the version's own uri is taken")
                }
                let byField = try await fixture.hub.post(
                    "/predict", "{\"model_name\":\"\(name)\",\"id\":\"42\",\"version\":1}")
                #expect(byField.headers["x-model-version"] == "1")
                let absent = try await fixture.hub.predict("\(name)@nobody", "42")
                #expect(absent.code == "VERSION_NOT_FOUND")
                let encoded = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                let shown = try await fixture.hub.get("/models/\(encoded)")
                #expect(shown.member("name") as? String == name)
                try await mlflow.setAlias("champion", of: name, to: 1)
                try await eventually {
                    try await fixture.hub.predict(name, "42").headers["x-model-version"] == "1"
                }
            }
        }

        @Test("Without a DSN the embedded SQLite store serves")
        func embeddedStore() async throws {
            try await HubFixture.with(["MYSQL_DSN": ""]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let absent = try await fixture.hub.predict(name, "42")
                #expect(absent.code == "MODEL_MISCONFIGURED")
                try SQLiteFile.execute(
                    "CREATE TABLE users (id INTEGER PRIMARY KEY, x REAL); INSERT INTO users VALUES (42, 0.5)",
                    at: fixture.folder + "/features.sqlite")
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.body == #"{"predictions":{"42":{"row":{"id":42,"x":0.5}}}}"#)
            }
        }

        @Test("Ten thousand ids in one request are answered, each with its own row")
        func manyIDs() async throws {
            let database = try Servers.mariaDB()
            let values = (0..<10_000).map { "(\($0),\($0 * 3))" }.joined(separator: ",")
            try await database.execute(
                "CREATE OR REPLACE TABLE many (id INT PRIMARY KEY, x INT); INSERT INTO many VALUES \(values)")
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, tags: ["feature_store": "many", "max_batch_size": "700"])
                let ids = (0..<10_000).map(String.init).joined(separator: ",")
                let answer = try await fixture.hub.post(
                    "/predictions", "{\"model_name\":\"\(name)\",\"ids\":[\(ids)]}")
                #expect(answer.status == 200)
                let predictions = try #require(answer.member("predictions") as? [String: Any])
                #expect(predictions.count == 10_000)
                let wrong = (0..<10_000).filter { number in
                    let row = (predictions["\(number)"] as? [String: Any])?["row"] as? [String: Any]
                    return row?["x"] as? Int != number * 3
                }
                #expect(wrong.isEmpty)
            }
        }
    }
}
