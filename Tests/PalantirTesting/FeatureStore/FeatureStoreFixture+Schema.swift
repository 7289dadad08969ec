import Palantir
import Testing

/// Tables as they are, and as they change.
extension FeatureStoreFixture {
    func checkMissing() async throws {
        try await execute("CREATE TABLE t_present (id INTEGER PRIMARY KEY, x INTEGER)")
        for (table, key, timestamp, named) in [
            ("t_absent", "id", nil, "t_absent"), ("t_present", "user_id", nil, "user_id"),
            ("t_present", "id", "seen_at", "seen_at"),
        ] as [(String, String, String?, String)] {
            let error = try await failure(["1"], in: table, key: key, timestamp: timestamp)
            #expect(error?.code == .modelMisconfigured)
            #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        }
    }

    func checkColumnNames() async throws {
        let names = ["two words", "quo\"te", "back`tick", "select", "größe", "semi;colon", "a.b", "100%"]
        let columns = names.map { "\(quoted($0)) INTEGER" }.joined(separator: ", ")
        try await execute("CREATE TABLE t_names (id INTEGER PRIMARY KEY, \(columns))")
        try await execute("INSERT INTO t_names VALUES (1, \(names.indices.map { "\($0)" }.joined(separator: ",")))")
        let found = try await rows(["1"], in: "t_names")
        let expected =
            #"{"id":1,"two words":0,"quo\"te":1,"back`tick":2,"select":3,"größe":4,"semi;colon":5,"a.b":6,"100%":7}"#
        #expect(found == [expected])
    }

    func checkAddedColumn() async throws {
        try await execute("CREATE TABLE t_added (id INTEGER PRIMARY KEY, x INTEGER)")
        try await execute("INSERT INTO t_added VALUES (1, 1)")
        #expect(try await rows(["1"], in: "t_added") == [#"{"id":1,"x":1}"#])
        try await execute("ALTER TABLE t_added ADD COLUMN y INTEGER DEFAULT 5")
        try await eventually { try await self.rows(["1"], in: "t_added") == [#"{"id":1,"x":1,"y":5}"#] }
    }

    func checkDroppedColumn() async throws {
        try await execute("CREATE TABLE t_dropped (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER)")
        try await execute("INSERT INTO t_dropped VALUES (1, 1, 2)")
        #expect(try await rows(["1"], in: "t_dropped") == [#"{"id":1,"x":1,"y":2}"#])
        try await execute("ALTER TABLE t_dropped DROP COLUMN x")
        #expect(try await rows(["1"], in: "t_dropped") == [#"{"id":1,"y":2}"#])
    }

    func checkChangedType() async throws {
        try await execute("CREATE TABLE t_changed (id INTEGER PRIMARY KEY, x INTEGER)")
        try await execute("INSERT INTO t_changed VALUES (1, 3)")
        #expect(try await rows(["1"], in: "t_changed") == [#"{"id":1,"x":3}"#])
        try await execute("DROP TABLE t_changed")
        try await execute("CREATE TABLE t_changed (id INTEGER PRIMARY KEY, x \(caseInsensitiveText))")
        try await execute("INSERT INTO t_changed VALUES (1, 'three')")
        #expect(try await rows(["1"], in: "t_changed") == [#"{"id":1,"x":"three"}"#])
    }

    func checkDroppedTable() async throws {
        try await execute("CREATE TABLE t_gone (id INTEGER PRIMARY KEY, x INTEGER)")
        try await execute("INSERT INTO t_gone VALUES (1, 3)")
        #expect(try await rows(["1"], in: "t_gone") == [#"{"id":1,"x":3}"#])
        try await execute("DROP TABLE t_gone")
        #expect(try await failure(["1"], in: "t_gone")?.code == .modelMisconfigured)
        try await execute("CREATE TABLE t_gone (id INTEGER PRIMARY KEY, z INTEGER)")
        try await execute("INSERT INTO t_gone VALUES (1, 4)")
        #expect(try await rows(["1"], in: "t_gone") == [#"{"id":1,"z":4}"#])
    }

    func checkColumns() async throws {
        try await execute(
            "CREATE TABLE t_columns (id INTEGER NOT NULL PRIMARY KEY, x DECIMAL(10,2), y INTEGER NOT NULL)")
        let columns = try await store.columns(of: try FeatureTable(table: "t_columns"), by: .after(.seconds(20)))
        #expect(columns.map(\.name) == ["id", "x", "y"])
        #expect(columns.map(\.isNullable) == [false, true, false])
        #expect(columns[1].type.lowercased() == "decimal(10,2)")
    }
}

/// Waits until something holds, for as long as the longest promised delay and some.
package func eventually(
    within limit: Duration = .seconds(15), _ holds: @Sendable () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now.advanced(by: limit)
    while ContinuousClock.now < deadline {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("It did not come to hold within \(limit)")
}
