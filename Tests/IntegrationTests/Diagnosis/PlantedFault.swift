import Foundation
import PalantirTesting
import Testing

/// One thing that is wrong with a system that is well otherwise: how it comes about, and the check that finds it.
struct PlantedFault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let check: String
    let severity: String
    var arguments: [String] = []
    /// What its remedy leaves to whoever runs the system.
    var values: @Sendable (DoctorFixture) throws -> [String: String] = { _ in [:] }
    let plant: @Sendable (inout DoctorFixture) async throws -> Void

    init(
        _ description: String, _ check: String, _ severity: String = "error", arguments: [String] = [],
        values: @Sendable @escaping (DoctorFixture) throws -> [String: String] = { _ in [:] },
        plant: @Sendable @escaping (inout DoctorFixture) async throws -> Void
    ) {
        testDescription = description
        self.check = check
        self.severity = severity
        self.arguments = arguments
        self.values = values
        self.plant = plant
    }

    private static func sql(_ description: String, _ check: String, _ severity: String, _ sql: String) -> PlantedFault {
        PlantedFault(description, check, severity) { try await $0.execute(sql) }
    }

    private static func tag(
        _ description: String, _ check: String, _ tag: String, _ value: String,
        values: @Sendable @escaping (DoctorFixture) throws -> [String: String] = { _ in [:] }
    ) -> PlantedFault {
        PlantedFault(description, check, values: values) { try await $0.setTag(tag, value) }
    }

    /// Where the model really is.
    @Sendable
    private static func place(_ fixture: DoctorFixture) throws -> [String: String] {
        ["host": "127.0.0.1", "port": "\(try Servers.model().port)", "path": "predict", "table": "users"]
    }

    /// Of the feature table, in MySQL's SQL.
    static let ofTables: [PlantedFault] = [
        sql(
            "a text key without an index, as pandas makes it", "key_index", "warning",
            "ALTER TABLE users DROP PRIMARY KEY, MODIFY id TEXT"),
        sql(
            "an index that is not unique", "key_unique", "warning",
            "ALTER TABLE users DROP PRIMARY KEY, ADD INDEX (id)"),
        sql(
            "several rows of one entity", "key_unique", "error",
            """
            ALTER TABLE users DROP PRIMARY KEY, ADD INDEX (id);
            INSERT INTO users VALUES ('1', 32, 1, 'gold', '2024-01-01 00:00:00')
            """),
        sql("a floating-point key", "entity_key", "error", "ALTER TABLE users MODIFY id DOUBLE NOT NULL"),
        sql("a column that the model wants and that is gone", "columns", "error", "ALTER TABLE users DROP COLUMN age"),
        sql(
            "a column in other letters", "columns", "error", "ALTER TABLE users RENAME COLUMN age TO Age"),
        sql(
            "a number that stands as text", "column_types", "warning", "ALTER TABLE users MODIFY age VARCHAR(20)"),
        PlantedFault("NULLs where the model wants a value", "column_nulls", "warning", values: { _ in ["value": "0"] })
        {
            try await $0.execute("UPDATE users SET age = NULL WHERE id = '2'")
        },
        PlantedFault("many columns that the model does not want", "extra_columns", "warning") { fixture in
            let columns = (1...20).map { "ADD COLUMN c\($0) INT" }.joined(separator: ", ")
            try await fixture.execute("ALTER TABLE users \(columns)")
        },
        PlantedFault("rows that are long out of date", "newest_row", "warning") { fixture in
            try await fixture.setTag("feature_timestamp", "seen")
            try await fixture.execute("UPDATE users SET seen = '2020-01-01 00:00:00'")
        },
        PlantedFault("a table that the user may not read", "feature_table") { fixture in
            try await fixture.execute(
                """
                CREATE TABLE other (id INT);
                GRANT SELECT ON \(fixture.database).other TO \(fixture.reader)@'%';
                REVOKE SELECT ON \(fixture.database).* FROM \(fixture.reader)@'%';
                """)
        },
        PlantedFault("a table that the settings leave out", "feature_table") {
            $0.environment["PALANTIR_FEATURE_TABLES"] = "churn_*"
        },
    ]

    /// Of tags and addresses.
    static let ofModels: [PlantedFault] = [
        tag("a table's name with a slip", "feature_table", "feature_store", "user"),
        tag("a key's column that is not there", "entity_key", "entity_key", "customer"),
        tag("a timestamp's column that is not there", "feature_timestamp", "feature_timestamp", "sene"),
        tag("no feature table", "tags", "feature_store", "", values: place),
        tag("no address", "tags", "uri", "", values: place),
        tag("an address that is none", "uri", "uri", "127.0.0.1:8001/predict", values: place),
        tag("a limit that is no number", "tags", "timeout_ms", "soon"),
        tag("a contract that nobody speaks", "tags", "contract", "grpc"),
        PlantedFault("an API that is not there", "endpoint", values: place) {
            try await $0.setTag("uri", "http://127.0.0.1:\(try Place.freePort())/predict")
        },
        PlantedFault("a replica that is gone", "endpoint", "warning", values: place) {
            let uri = try Servers.model().uri("/predict")
            try await $0.setTag("uri", "\(uri),http://127.0.0.1:\(try Place.freePort())/predict")
        },
        PlantedFault("an address that the settings leave out", "uri") {
            $0.environment["PALANTIR_MODEL_HOSTS"] = "10.0.0.1"
        },
        PlantedFault("an address with a wrong path", "call", arguments: ["--call"], values: place) {
            try await $0.setTag("uri", try Servers.model().uri("/nowhere"))
        },
        PlantedFault("a model that waits to be deployed", "deployment") { fixture in
            try await fixture.setTag("uri", "")
            try await fixture.setTag("autodeploy", "true")
            fixture.environment["PALANTIR_PYTHON"] = Place.python
        },
    ]
}
