import Foundation
import Palantir
import PalantirTesting
import Testing

/// A database of its own on the suite's MariaDB.
struct MySQLFixture: FeatureStoreFixture {
    let store: any InspectableFeatureStore
    let server: MariaDBServer
    let database: String
    let caseInsensitiveText = "VARCHAR(600) COLLATE utf8mb4_general_ci"

    static func with(
        parameters: String = "", user: String = "root", connections: Int = 3, tables: [String]? = nil,
        _ body: (MySQLFixture) async throws -> Void
    ) async throws {
        let server = try Servers.mariaDB()
        let database = "t" + UUID().uuidString.prefix(8).lowercased()
        try await server.execute("CREATE DATABASE \(database) CHARACTER SET utf8mb4", database: "")
        let dsn = try MySQLDSN("\(user)@tcp(127.0.0.1:\(server.port))/\(database)\(parameters)")
        let store = MySQLFeatureStore(
            dsn: dsn, policy: FeatureTablePolicy(patterns: tables), connections: connections)
        do {
            try await body(MySQLFixture(store: store, server: server, database: database))
            await store.shutdown()
        } catch {
            await store.shutdown()
            throw error
        }
    }

    func execute(_ sql: String) async throws {
        try await server.execute(sql, database: database)
    }

    func quoted(_ name: String) -> String {
        "`" + name.replacing("`", with: "``") + "`"
    }
}

@Suite("MySQL feature store", .serialized, .mariaDB)
struct MySQLFeatureStoreTests {
    @Test("It keeps every feature store's promise", arguments: FeatureStoreCheck.allCases)
    func conformance(_ check: FeatureStoreCheck) async throws {
        try await MySQLFixture.with { try await check.run(on: $0) }
    }

    @Test("It gives each type as the contract says")
    func types() async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute(
                """
                CREATE TABLE t (id INT PRIMARY KEY, ti TINYINT, b BOOL, si SMALLINT, mi MEDIUMINT, bi BIGINT,
                  ub BIGINT UNSIGNED, z INT(8) ZEROFILL, dec_ DECIMAL(30,10), decz DECIMAL(10,2) ZEROFILL,
                  f FLOAT, d DOUBLE, da DATE, dt DATETIME, dt3 DATETIME(3), ts TIMESTAMP(6) NULL, tm TIME, tm2 TIME(2),
                  y YEAR, b1 BIT(1), b16 BIT(16), c CHAR(5), vc VARCHAR(20), tx TEXT, e ENUM('a','b'), s SET('x','y'),
                  j JSON, bin BINARY(3), vb VARBINARY(10), bl BLOB, l1 VARCHAR(20) CHARACTER SET latin1, n INT)
                """)
            try await fixture.execute(
                """
                SET time_zone = '+00:00';
                INSERT INTO t VALUES (1, -128, TRUE, -32768, 8388607, -9223372036854775808,
                  18446744073709551615, 42, 12345678901234567890.0123456789, 7.5,
                  0.1, 1e-9, '2024-02-29', '2024-02-29 23:59:58', '2024-02-29 23:59:58.123', '2024-02-29 12:00:00.000001',
                  '-101:02:03', '01:02:03.45', 2024, b'1', b'1000000000000001', 'ab', 'quo"te', 'Grüße \\n', 'b', 'x,y',
                  '{"k": [1, 2.50, null]}', 'abc', x'00ff', x'010203', 'é', NULL)
                """)
            let expected = [
                #""id":1"#, #""ti":-128"#, #""b":1"#, #""si":-32768"#, #""mi":8388607"#, #""bi":-9223372036854775808"#,
                #""ub":18446744073709551615"#, #""z":42"#, #""dec_":12345678901234567890.0123456789"#, #""decz":7.50"#,
                #""f":0.1"#, #""d":1e-09"#, #""da":"2024-02-29""#, #""dt":"2024-02-29T23:59:58""#,
                #""dt3":"2024-02-29T23:59:58.123""#, #""ts":"2024-02-29T12:00:00.000001""#, #""tm":"-101:02:03""#,
                #""tm2":"01:02:03.45""#, #""y":2024"#, #""b1":1"#, #""b16":32769"#, #""c":"ab""#, #""vc":"quo\"te""#,
                #""tx":"Grüße \n""#, #""e":"b""#, #""s":"x,y""#, #""j":{"k": [1, 2.50, null]}"#, #""bin":"YWJj""#,
                #""vb":"AP8=""#, #""bl":"AQID""#, #""l1":"é""#, #""n":null"#,
            ]
            #expect(try await fixture.rows(["1"], in: "t") == ["{\(expected.joined(separator: ","))}"])
        }
    }

    @Test("Long values are whole, also after short ones", arguments: [300, 70_000, 3_000_000])
    func longValues(_ length: Int) async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id INT PRIMARY KEY, a LONGTEXT, b LONGTEXT)")
            try await fixture.execute(
                "INSERT INTO t VALUES (1, 'short', 'x'), (2, REPEAT('a', \(length)), 'y'), (3, 'z', REPEAT('b', \(length)))"
            )
            let found = try await fixture.rows(["1", "2", "3"], in: "t")
            let (a, b) = (String(repeating: "a", count: length), String(repeating: "b", count: length))
            #expect(found[0] == #"{"id":1,"a":"short","b":"x"}"#)
            #expect(found[1] == "{\"id\":2,\"a\":\"\(a)\",\"b\":\"y\"}")
            #expect(found[2] == "{\"id\":3,\"a\":\"z\",\"b\":\"\(b)\"}")
        }
    }

    @Test(
        "Keys of each usable type find their row",
        arguments: [
            ("DECIMAL(20,0)", "12345678901234567"), ("BIGINT UNSIGNED", "18446744073709551615"), ("TINYINT", "-7"),
            ("CHAR(10)", "ab"), ("TEXT", "long text"), ("UUID", "123e4567-e89b-12d3-a456-426614174000"),
            ("VARBINARY(20)", "Bytes"), ("ENUM('x','y')", "y"),
        ])
    func keys(_ type: String, _ id: String) async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (k \(type), x INT)")
            try await fixture.execute("INSERT INTO t VALUES ('\(id)', 5)")
            let row = try await fixture.rows([id], in: "t", key: "k").first.flatMap(\.self)
            #expect(row?.hasSuffix(",\"x\":5}") == true, "\(row ?? "nil")")
        }
    }

    @Test("A floating-point key is refused, since it cannot tell ids apart")
    func floatingPointKey() async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id DOUBLE)")
            #expect(try await fixture.failure(["1"], in: "t")?.code == .modelMisconfigured)
        }
    }

    @Test("A connection that the server closed is replaced without an error")
    func killedConnections() async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            try await fixture.execute("INSERT INTO t VALUES (1)")
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1}"#])
            let list = try await fixture.server.execute(
                "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE db = '\(fixture.database)'")
            #expect(list.contains("KILL"))
            try await fixture.server.execute(list)
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1}"#])
        }
    }

    @Test("A stopped server is an error at once, and answers again when it is back")
    func restart() async throws {
        try await MySQLFixture.with { fixture in
            try await fixture.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            try await fixture.execute("INSERT INTO t VALUES (1)")
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1}"#])
            await fixture.server.stop()
            #expect(try await fixture.failure(["1"], in: "t")?.code == .featureStoreUnavailable)
            try await fixture.server.start()
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1}"#])
        }
    }

    @Test("A table that the user may not read is told as such, and system schemas are refused")
    func rights() async throws {
        let server = try Servers.mariaDB()
        try await server.execute("CREATE OR REPLACE USER reader@'127.0.0.1'", database: "")
        try await MySQLFixture.with(user: "root", tables: ["*.*"]) { fixture in
            #expect(try await fixture.failure(["1"], in: "mysql.user")?.message.contains("may not be read") == true)
            try await fixture.execute("CREATE TABLE secret (id INT PRIMARY KEY)")
            try await fixture.execute("GRANT SELECT ON \(fixture.database).open TO reader@'127.0.0.1'")
        }
        try await MySQLFixture.with { fixture in
            try await fixture.server.execute("CREATE DATABASE IF NOT EXISTS other", database: "")
            try await fixture.server.execute("CREATE OR REPLACE TABLE other.t (id INT)", database: "")
            let error = try await fixture.failure(["1"], in: "other.t")
            #expect(error?.code == .modelMisconfigured)
            #expect(error?.message.contains("PALANTIR_FEATURE_TABLES") == true)
        }
    }

    @Test("A wrong password is an unavailable store, whose message holds no password")
    func wrongPassword() async throws {
        try await MySQLFixture.with(user: "root:s3cret") { fixture in
            let error = try await fixture.failure(["1"], in: "t")
            #expect(error?.code == .featureStoreUnavailable)
            #expect(error.map { "\($0.message)\($0.cause ?? "")".contains("s3cret") } == false)
        }
    }

    @Test("TIMESTAMP columns are given in the time zone of the DSN")
    func timeZone() async throws {
        try await MySQLFixture.with(parameters: "?loc=%2B03:00") { fixture in
            try await fixture.execute("CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP)")
            try await fixture.execute("SET time_zone = '+00:00'; INSERT INTO t VALUES (1, '2024-01-31 12:00:00')")
            #expect(try await fixture.rows(["1"], in: "t") == [#"{"id":1,"at":"2024-01-31T15:00:00"}"#])
        }
    }

    @Test("It speaks over the server's unix socket too")
    func unixSocket() async throws {
        let server = try Servers.mariaDB()
        let dsn = try MySQLDSN("root@unix(\(server.socket))/features")
        let store = MySQLFeatureStore(dsn: dsn, policy: FeatureTablePolicy(patterns: nil), connections: 1)
        try await store.check(by: .after(.seconds(10)))
        await store.shutdown()
    }
}
