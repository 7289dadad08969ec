import Palantir
import Testing

/// What a store tells a diagnosis.
extension FeatureStoreFixture {
    private func inspect(
        _ table: String, key: String = "id", timestamp: String? = nil
    ) async throws -> TableInspection {
        try await store.inspect(
            try FeatureTable(table: table, key: key, timestamp: timestamp), by: .after(.seconds(20)))
    }

    private func facts(_ table: String, key: String = "id", timestamp: String? = nil) async throws -> TableFacts {
        guard case .present(let facts) = try await inspect(table, key: key, timestamp: timestamp) else {
            throw NotThere(table: table)
        }
        return facts
    }

    func checkStoreInspection() async throws {
        let found = try await store.inspect(by: .after(.seconds(20)))
        #expect(found.version.first?.isNumber == true)
    }

    func checkIndexInspection() async throws {
        try await execute("CREATE TABLE i_keyed (id INTEGER NOT NULL PRIMARY KEY, x INTEGER)")
        #expect(try await facts("i_keyed").indexes.contains(TableIndex(columns: ["id"], isUnique: true)))
        try await execute("CREATE TABLE i_plain (id VARCHAR(20), at TIMESTAMP NULL, x INTEGER)")
        #expect(try await facts("i_plain").indexes == [])
        try await execute("CREATE INDEX i_both ON i_plain (id, at)")
        #expect(try await facts("i_plain").indexes == [TableIndex(columns: ["id", "at"], isUnique: false)])
        try await execute("CREATE UNIQUE INDEX i_one ON i_plain (id)")
        #expect(try await facts("i_plain").indexes.contains(TableIndex(columns: ["id"], isUnique: true)))
        let columns = try await facts("i_plain").columns
        #expect(columns.map(\.name) == ["id", "at", "x"])
        #expect(columns.map(\.kind) == [.text, .dateTime, .integer])
        #expect(columns.map(\.isNullable) == [true, true, true])
    }

    func checkSample() async throws {
        try await execute("CREATE TABLE s_rows (id VARCHAR(20), at TIMESTAMP NULL, x INTEGER, y INTEGER)")
        let empty = try await facts("s_rows").sample
        #expect(empty == TableSample(rows: 0))
        try await execute(
            "INSERT INTO s_rows VALUES ('a', '2024-01-01 00:00:00', 1, NULL), ('b', '2024-01-02 00:00:00', 2, 5)")
        let two = try #require(try await facts("s_rows", timestamp: "at").sample)
        #expect(two.rows == 2)
        #expect(two.columnsWithNulls == ["y"])
        #expect(!two.hasRepeatedKeys)
        guard case .age(let age) = two.newest else { throw NotThere(table: "age") }
        // Some years, and not fifty.
        #expect(age > .seconds(365 * 86_400) && age < .seconds(50 * 365 * 86_400))
        try await execute("INSERT INTO s_rows VALUES ('a', '2024-01-03 00:00:00', 3, 6), (NULL, NULL, 1, 1)")
        let four = try await facts("s_rows").sample
        #expect(four?.hasRepeatedKeys == true)
        #expect(four?.columnsWithNulls == ["id", "at", "y"])
        #expect(four?.newest == .unknown)
    }

    func checkAbsenceInspection() async throws {
        try await execute("CREATE TABLE a_there (id INTEGER PRIMARY KEY)")
        guard case .absent(let others) = try await inspect("a_nowhere") else { throw NotThere(table: "absence") }
        #expect(others.contains("a_there"))
        guard case .notAllowed = try await inspect("mysql.user") else { throw NotThere(table: "refusal") }
        // Whatever the tags name beside the table is for others to judge.
        let facts = try await facts("a_there", key: "nobody", timestamp: "never")
        #expect(facts.columns.map(\.name) == ["id"])
        #expect(facts.sample?.rows == 0)
        try await execute("CREATE VIEW a_view AS SELECT id FROM a_there")
        let view = try await self.facts("a_view")
        #expect(view.isView)
        #expect(view.sample == nil)
    }

    func checkOddNamesInspection() async throws {
        let name = "two \"words\" `x`"
        try await execute("CREATE TABLE o_names (id INTEGER PRIMARY KEY, \(quoted(name)) INTEGER)")
        try await execute("INSERT INTO o_names VALUES (1, NULL)")
        #expect(try await facts("o_names").sample?.columnsWithNulls == [name])
    }
}

private struct NotThere: Error {
    let table: String
}
