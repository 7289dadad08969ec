import Foundation
import PalantirTesting
import Testing

/// A system that is well, of its own on the suite's servers: a database with a user that may only read, a table, a model
/// with a signature, and an API that answers. Tests break it.
struct DoctorFixture {
    let database: String
    let model = HubFixture.name()
    let folder: String
    /// The settings that `palantir doctor` goes by.
    var environment: [String: String]
    private let isFile: Bool

    static let signature = """
        [{"type": "long", "name": "age", "required": true}, {"type": "double", "name": "spend", "required": true},
         {"type": "string", "name": "plan", "required": true}]
        """

    static func with(sqlite: Bool = false, _ body: (inout DoctorFixture) async throws -> Void) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        var fixture = try await DoctorFixture(in: folder, isFile: sqlite)
        try await body(&fixture)
    }

    private init(in folder: String, isFile: Bool) async throws {
        self.folder = folder
        self.isFile = isFile
        database = "d" + UUID().uuidString.prefix(8).lowercased()
        let server = try Servers.mariaDB()
        environment = ["MLFLOW_URI": try Servers.mlflow().uri, "PALANTIR_DATA": folder]
        if isFile {
            environment["FEATURE_STORE_URL"] = "sqlite:///\(folder)/features.sqlite"
        } else {
            environment["MYSQL_DSN"] = "\(reader):s3cret@tcp(127.0.0.1:\(server.port))/\(database)"
            try await server.execute(
                """
                CREATE DATABASE \(database) CHARACTER SET utf8mb4;
                CREATE USER \(reader)@'%' IDENTIFIED BY 's3cret';
                GRANT SELECT ON \(database).* TO \(reader)@'%';
                """, database: "")
        }
        try await execute(
            """
            CREATE TABLE users (id VARCHAR(100) NOT NULL PRIMARY KEY, age BIGINT, spend DECIMAL(10,2), plan VARCHAR(20),
              seen DATETIME);
            INSERT INTO users VALUES ('1', 31, 10.5, 'gold', '\(Self.now)'), ('2', 42, 1.25, 'basic', '\(Self.now)');
            """)
        let mlflow = try Servers.mlflow()
        try await mlflow.register(
            model, tags: ["feature_store": "users", "uri": try Servers.model().uri("/predict")])
        try await mlflow.addVersion(of: model, signature: Self.signature)
    }

    var reader: String { "reader_\(database)" }

    private static var now: String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return format.string(from: Date())
    }

    // MARK: - Breaking it

    func execute(_ sql: String) async throws {
        if isFile {
            try SQLiteFile.execute(sql, at: folder + "/features.sqlite")
        } else {
            try await Servers.mariaDB().execute(sql, database: database)
        }
    }

    func setTag(_ tag: String, _ value: String) async throws {
        try await Servers.mlflow().setTag(tag, value, of: model)
    }

    // MARK: - Asking

    struct Report {
        let exitCode: Int32
        let output: String
        let findings: [[String: String]]

        func troubles(of check: String? = nil) -> [[String: String]] {
            findings.filter { $0["severity"] != "ok" && (check == nil || $0["check"] == check) }
        }

        /// What mends the first trouble of a check.
        func remedy(of check: String) -> String? { troubles(of: check).first?["remedy"] }
    }

    /// Asks about the fixture's own model.
    func doctor(_ arguments: [String] = []) async throws -> Report {
        let tool = try await CommandLineTool(
            [Place.palantir, "doctor", model, "--json"] + arguments, environment: environment)
        let json = try JSONSerialization.jsonObject(with: Data(tool.output.utf8)) as? [String: Any]
        let findings = try #require(json?["findings"] as? [[String: Any]], "\(tool.output)")
        return Report(
            exitCode: tool.exitCode, output: tool.output,
            findings: findings.map { $0.compactMapValues { $0 as? String } })
    }

    /// Does what a remedy says, where it is SQL, a setting, or Python that sets a tag.
    ///
    /// - Parameter values: what stands for its `<placeholders>`.
    mutating func apply(_ remedy: String, _ values: [String: String] = [:]) async throws {
        var text = remedy
        for (placeholder, value) in values { text = text.replacing("<\(placeholder)>", with: value) }
        if let setting = text.wholeMatch(of: /([A-Z_]+)=(\S*)/) {
            environment[String(setting.1)] = String(setting.2)
            return
        }
        let python = text.range(of: "MlflowClient()").map { String(text[$0.lowerBound...]) }
        let sql = String(text.prefix(text.count - (python?.count ?? 0)))
        if sql.contains(";") { try await execute(sql) }
        if let python { try await run(python) }
    }

    /// The line as it is, with a client that does as MLflow's own, which takes seconds to import.
    private func run(_ line: String) async throws {
        let program = """
            import json, sys, urllib.request
            class MlflowClient:
                def call(self, method, path, **message):
                    urllib.request.urlopen(urllib.request.Request(
                        sys.argv[1] + "/api/2.0/mlflow/" + path, json.dumps(message).encode(),
                        {"content-type": "application/json"}, method=method))
                def set_registered_model_tag(self, name, key, value):
                    self.call("POST", "registered-models/set-tag", name=name, key=key, value=value)
                def delete_registered_model_tag(self, name, key):
                    self.call("DELETE", "registered-models/delete-tag", name=name, key=key)
                def set_model_version_tag(self, name, version, key, value):
                    self.call("POST", "model-versions/set-tag", name=name, version=version, key=key, value=value)
            \(line)
            """
        let tool = try await CommandLineTool([Place.python, "-c", program, try Servers.mlflow().uri])
        #expect(tool.exitCode == 0, "\(line): \(tool.output)")
    }
}
