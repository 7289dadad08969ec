import Palantir
import Testing

/// Never the wrong entity.
extension FeatureStoreFixture {
    func checkOrder() async throws {
        try await execute("CREATE TABLE t_order (id INTEGER PRIMARY KEY, x INTEGER)")
        try await execute("INSERT INTO t_order VALUES (1, 10), (2, 20), (3, NULL)")
        let found = try await rows(["3", "9", "1", "2"], in: "t_order")
        #expect(found == [#"{"id":3,"x":null}"#, nil, #"{"id":1,"x":10}"#, #"{"id":2,"x":20}"#])
    }

    func checkText() async throws {
        try await execute("CREATE TABLE t_text (id \(caseInsensitiveText), x INTEGER)")
        try await execute("INSERT INTO t_text VALUES ('user-1', 1), ('Both', 2), ('both', 3), ('caf\u{E9}', 4)")
        let absent = ["USER-1", "User-1", "user-1 ", " user-1", "user-", "user-10", "BOTH", "cafe", "cafe\u{301}"]
        let none = try await rows(absent, in: "t_text")
        #expect(none.allSatisfy { $0 == nil }, "\(zip(absent, none))")
        let found = try await rows(["user-1", "both", "Both", "caf\u{E9}"], in: "t_text")
        #expect(
            found == [
                #"{"id":"user-1","x":1}"#, #"{"id":"both","x":3}"#, #"{"id":"Both","x":2}"#,
                "{\"id\":\"caf\u{E9}\",\"x\":4}",
            ])
    }

    func checkNumbers() async throws {
        try await execute("CREATE TABLE t_numbers (id BIGINT PRIMARY KEY, x INTEGER)")
        try await execute(
            "INSERT INTO t_numbers VALUES (1, 1), (0, 2), (-5, 3), (9223372036854775807, 4), (-9223372036854775808, 5)")
        let absent = [
            "1abc", "01", "+1", " 1", "1 ", "1.0", "1e0", "0x1", "-0", "00", "--5", "9223372036854775808",
            "99999999999999999999999", "abc", "\u{0661}",
        ]
        let none = try await rows(absent, in: "t_numbers")
        #expect(none.allSatisfy { $0 == nil }, "\(zip(absent, none))")
        let found = try await rows(
            ["1", "0", "-5", "9223372036854775807", "-9223372036854775808"], in: "t_numbers")
        #expect(found.map { $0?.hasSuffix("}") } == [true, true, true, true, true])
        #expect(found[3] == #"{"id":9223372036854775807,"x":4}"#)
    }

    func checkHostileIDs() async throws {
        try await execute("CREATE TABLE t_hostile (id \(caseInsensitiveText), x INTEGER)")
        let hostile = [
            "' OR '1'='1", "1; DROP TABLE t_hostile", "x' -- ", "\"", "\\", "%", "_", "\u{1F600}", "a\u{0}b", "\n",
            String(repeating: "x", count: EntityID.maximumBytes),
        ]
        let none = try await rows(hostile, in: "t_hostile")
        #expect(none.allSatisfy { $0 == nil })
        try await execute("INSERT INTO t_hostile VALUES ('%', 1), ('''', 2), ('\u{1F600}', 3)")
        let found = try await rows(["%", "_", "'", "\u{1F600}", "' OR '1'='1"], in: "t_hostile")
        #expect(
            found == [
                #"{"id":"%","x":1}"#, nil, #"{"id":"'","x":2}"#, "{\"id\":\"\u{1F600}\",\"x\":3}", nil,
            ])
    }

    func checkManyIDs() async throws {
        try await execute("CREATE TABLE t_many (id INTEGER PRIMARY KEY, x INTEGER)")
        let values = stride(from: 0, to: 20_000, by: 2).map { "(\($0),\($0 * 3))" }.joined(separator: ",")
        try await execute("INSERT INTO t_many VALUES \(values)")
        let ids = (0..<PredictionRequest.maximumIDs).map { "\(19_999 - $0)" }
        let found = try await rows(ids, in: "t_many")
        #expect(found.count == ids.count)
        let wrong = zip(ids, found).filter { id, row in
            guard let number = Int(id) else { return true }
            return row != (number.isMultiple(of: 2) ? "{\"id\":\(number),\"x\":\(number * 3)}" : nil)
        }
        #expect(wrong.isEmpty)
    }

    func checkAmbiguity() async throws {
        try await execute("CREATE TABLE t_twice (id INTEGER, x INTEGER)")
        try await execute("INSERT INTO t_twice VALUES (1, 1), (2, 2), (2, 3)")
        #expect(try await rows(["1"], in: "t_twice") == [#"{"id":1,"x":1}"#])
        let error = try await failure(["2"], in: "t_twice")
        #expect(error?.code == .modelMisconfigured)
        #expect(error?.message.contains("feature_timestamp") == true)
        // One entity's fault is not another's.
        let table = try FeatureTable(table: "t_twice")
        let ids = ["1", "2"].compactMap(EntityID.init)
        let outcomes = try await store.features(of: ids, in: table, by: .after(.seconds(20)))
        #expect((try? outcomes.first?.get())?.object.text == #"{"id":1,"x":1}"#)
    }

    func checkKeyNames() async throws {
        try await execute("CREATE TABLE t_key (id INTEGER, customer_id INTEGER PRIMARY KEY, x INTEGER)")
        try await execute("INSERT INTO t_key VALUES (7, 1, 5), (1, 7, 6)")
        let found = try await rows(["1"], in: "t_key", key: "customer_id")
        #expect(found == [#"{"id":1,"customer_id":1,"x":5}"#])
    }

    func checkAnyEntity() async throws {
        try await execute("CREATE TABLE t_any (id VARCHAR(10) PRIMARY KEY, x INTEGER)")
        let table = try FeatureTable(table: "t_any")
        #expect(try await store.anyEntity(in: table, by: .after(.seconds(20))) == nil)
        try await execute("INSERT INTO t_any VALUES ('a', 1), ('b', 2)")
        let id = try await store.anyEntity(in: table, by: .after(.seconds(20)))
        #expect(["a", "b"].contains(id?.text))
        try await execute("CREATE TABLE t_some (k INTEGER, t INTEGER, x INTEGER)")
        let values = (0..<60).map { "(\($0 / 3),\($0),0)" }.joined(separator: ",")
        try await execute("INSERT INTO t_some VALUES \(values)")
        let some = try await store.someEntities(
            in: try FeatureTable(table: "t_some", key: "k", timestamp: "t"), by: .after(.seconds(20)))
        #expect((1...20).contains(some.count))
        #expect(Set(some).count == some.count)
        await #expect(throws: PalantirError.self) {
            try await self.store.anyEntity(in: try FeatureTable(table: "t_none"), by: .after(.seconds(20)))
        }
    }

    func checkConcurrency() async throws {
        try await execute("CREATE TABLE t_concurrent (id INTEGER PRIMARY KEY, x INTEGER)")
        let values = (0..<500).map { "(\($0),\($0 * 7))" }.joined(separator: ",")
        try await execute("INSERT INTO t_concurrent VALUES \(values)")
        let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<500 {
                group.addTask {
                    let row = try await self.rows(["\(number)"], in: "t_concurrent")
                    return row != ["{\"id\":\(number),\"x\":\(number * 7)}"]
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wrong == 0)
        #expect(store.connections.open <= store.connections.limit)
    }
}
