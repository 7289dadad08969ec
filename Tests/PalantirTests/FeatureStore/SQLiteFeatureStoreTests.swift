import Foundation
import GRDB
import Palantir
import PalantirTesting
import Testing

/// An SQLite file that is filled by a connection of its own, as another program would.
struct SQLiteFixture: FeatureStoreFixture {
    let store: any InspectableFeatureStore
    let path: String
    let caseInsensitiveText = "TEXT COLLATE NOCASE"

    static func with(_ body: (SQLiteFixture) async throws -> Void) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let path = folder + "/features.sqlite"
        try SQLiteFeatureStore.createIfMissing(at: path)
        let store = SQLiteFeatureStore(path: path, policy: FeatureTablePolicy(patterns: nil), connections: 3)
        do {
            try await body(SQLiteFixture(store: store, path: path))
            await store.shutdown()
        } catch {
            await store.shutdown()
            throw error
        }
    }

    func execute(_ sql: String) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }

    func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}

@Suite("SQLite feature store")
struct SQLiteFeatureStoreTests {
    @Test("It keeps every feature store's promise", arguments: FeatureStoreCheck.allCases)
    func conformance(_ check: FeatureStoreCheck) async throws {
        try await SQLiteFixture.with { try await check.run(on: $0) }
    }

    @Test("It gives each kind of value as the contract says")
    func types() async throws {
        try await SQLiteFixture.with { fixture in
            try await fixture.execute(
                """
                CREATE TABLE t (id INTEGER PRIMARY KEY, i INTEGER, r REAL, s TEXT, b BLOB, flag BOOLEAN, d DATE,
                  at DATETIME, j JSON, bad JSON, money DECIMAL(10,2), empty TEXT)
                """)
            try await fixture.execute(
                """
                INSERT INTO t VALUES (1, 9223372036854775807, 0.1, 'a"b', x'00ff', 1, '2024-01-31',
                  '2024-01-31 12:00:00', '{"a":[1, 2]}', '{broken', 12.5, NULL)
                """)
            let expected =
                #"{"id":1,"i":9223372036854775807,"r":0.1,"s":"a\"b","b":"AP8=","flag":1,"d":"2024-01-31","#
                + #""at":"2024-01-31T12:00:00","j":{"a":[1, 2]},"bad":"{broken","money":12.5,"empty":null}"#
            #expect(try await fixture.rows(["1"], in: "t") == [expected])
        }
    }

    @Test("A file that is replaced is opened anew")
    func replacedFile() async throws {
        try await SQLiteFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER)")
            try await fixture.execute("INSERT INTO t VALUES (1, 1)")
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1,"x":1}"#])
            try FileManager.default.removeItem(atPath: fixture.path)
            #expect(try await fixture.failure(["1"], in: "t")?.code == .featureStoreUnavailable)
            try await fixture.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER)")
            try await fixture.execute("INSERT INTO t VALUES (1, 2)")
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1,"x":2}"#])
        }
    }

    @Test("A file that is not there is told, with its whole path in the log only")
    func missingFile() async throws {
        let store = SQLiteFeatureStore(
            path: "nowhere/features.sqlite", policy: FeatureTablePolicy(patterns: nil), connections: 1)
        let error = await #expect(throws: PalantirError.self) { try await store.check(by: .after(.seconds(5))) }
        #expect(error?.code == .featureStoreUnavailable)
        #expect(error?.message.contains("nowhere") == false)
        #expect(error?.cause?.contains("/nowhere/features.sqlite") == true)
        await store.shutdown()
    }

    @Test("A text in a column without a type matches byte for byte, a number by its canonical form")
    func untypedKey() async throws {
        try await SQLiteFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id, x INTEGER)")
            try await fixture.execute("INSERT INTO t VALUES (1, 1), ('2', 2), ('01', 3)")
            let found = try await fixture.rows(["1", "2", "01", "02"], in: "t")
            #expect(found == [#"{"id":1,"x":1}"#, #"{"id":"2","x":2}"#, #"{"id":"01","x":3}"#, nil])
        }
    }
}
