import Testing

@testable import Palantir

@Suite("A feature table, judged")
struct TableDiagnosisTests {
    private static func findings(
        _ inspection: TableInspection, key: String = "id", timestamp: String? = nil, allowed: [String]? = nil,
        maximumAge: Duration? = .seconds(86_400)
    ) throws -> [Finding] {
        TableDiagnosis(
            remedy: Diagnosed.remedy, table: try Diagnosed.table(key: key, timestamp: timestamp),
            maximumAge: maximumAge, allowedTables: allowed
        ).findings(inspection)
    }

    private static let id = Diagnosed.column("id", "varchar(20)", nullable: false)
    private static let text = Diagnosed.column("id", "text", needsPrefix: true)
    private static let at = Diagnosed.column("at", "datetime")

    @Test("A table with a unique key is well")
    func well() throws {
        let findings = try Self.findings(.present(Diagnosed.facts([Self.id])))
        #expect(findings.troubled == [])
        #expect(findings.map(\.check) == [.featureTable, .entityKey, .keyIndex, .keyUnique])
    }

    @Test("A table that is not there, may not be read or is left out, each with its own remedy")
    func unreachable() throws {
        let near = try Self.findings(.absent(others: ["orders", "Users", "user_events"]))
        #expect(near[.featureTable]?.remedy == Diagnosed.remedy.set("feature_store", to: "Users"))
        let none = try Self.findings(.absent(others: ["orders"]))
        #expect(none[.featureTable]?.remedy?.contains("<table>") == true)
        let denied = try Self.findings(.unreadable(grant: "GRANT SELECT ON `shop`.`users` TO 'a'@'%';"))
        #expect(denied[.featureTable]?.remedy == "GRANT SELECT ON `shop`.`users` TO 'a'@'%';")
        let left = try Self.findings(.notAllowed(qualifiedName: "shop.users"), allowed: ["a_*"])
        #expect(left[.featureTable]?.remedy == "PALANTIR_FEATURE_TABLES=a_*,shop.users")
        let schema: FeatureTable.Identifier = try #require(FeatureTable.Identifier("MySQL"))
        let system = TableDiagnosis(
            remedy: Diagnosed.remedy,
            table: FeatureTable(
                database: schema,
                table: try #require(FeatureTable.Identifier("user")),
                entityKey: try #require(FeatureTable.Identifier("id"))), maximumAge: nil, allowedTables: nil
        ).findings(.notAllowed(qualifiedName: "MySQL.user"))
        #expect(system[.featureTable]?.remedy == Diagnosed.remedy.set("feature_store", to: "<table>"))
        for findings in [near, none, denied, left] {
            #expect(findings.map(\.severity) == [.error])
        }
    }

    @Test("What pandas makes, a text key without an index, is told with the exact statement")
    func withoutIndex() throws {
        let facts = Diagnosed.facts([Self.text], indexes: [])
        let findings = try Self.findings(.present(facts))
        #expect(findings.troubled == [.keyIndex])
        #expect(
            findings[.keyIndex]?.remedy == "ALTER TABLE `shop`.`users` ADD UNIQUE INDEX `users_id` (`id`(191));")
        let file = Diagnosed.facts([Self.text], dialect: .sqlite, indexes: [])
        #expect(
            try Self.findings(.present(file))[.keyIndex]?.remedy
                == #"CREATE UNIQUE INDEX "users_id" ON "users" ("id");"#)
    }

    @Test(
        "Which indexes help look-ups by the key, and which keep it unique",
        arguments: [
            ([TableIndex(columns: ["id"], isUnique: true)], []),
            ([TableIndex(columns: ["id"], isUnique: false)], [.keyUnique]),
            ([TableIndex(columns: ["id", "at"], isUnique: true)], [.keyUnique]),
            ([TableIndex(columns: ["at", "id"], isUnique: true)], [.keyIndex]),
            ([TableIndex(columns: ["at"], isUnique: true)], [.keyIndex]), ([], [.keyIndex]),
            ([TableIndex(columns: [""], isUnique: true)], [.keyIndex]),
        ] as [([TableIndex], [Check])])
    func indexes(_ indexes: [TableIndex], _ troubled: [Check]) throws {
        let facts = Diagnosed.facts([Self.id, Self.at], indexes: indexes)
        #expect(try Self.findings(.present(facts)).troubled == troubled)
        // Several rows of an entity are as they should be where a timestamp tells the newest.
        let timed = try Self.findings(.present(facts), timestamp: "at")
        #expect(timed.troubled == troubled.filter { $0 == .keyIndex })
    }

    @Test("With a timestamp the index holds it too, so that the newest row is found there")
    func timedIndex() throws {
        let facts = Diagnosed.facts([Self.id, Self.at], indexes: [])
        #expect(
            try Self.findings(.present(facts), timestamp: "at")[.keyIndex]?.remedy
                == "ALTER TABLE `shop`.`users` ADD INDEX `users_id_at` (`id`, `at`);")
    }

    @Test("Several rows of one entity: the timestamp that may tell them apart, else one row each")
    func repeated() throws {
        let sample = TableSample(rows: 10, hasRepeatedKeys: true)
        let timed = Diagnosed.facts([Self.id, Self.at], indexes: [], sample: sample)
        let findings = try Self.findings(.present(timed))
        #expect(findings.troubled == [.keyIndex, .keyUnique])
        #expect(findings[.keyIndex]?.remedy?.contains("UNIQUE") == false)
        #expect(findings[.keyUnique]?.severity == .error)
        #expect(findings[.keyUnique]?.remedy == Diagnosed.remedy.set("feature_timestamp", to: "at"))
        let plain = Diagnosed.facts([Self.id], indexes: [], sample: sample)
        #expect(try Self.findings(.present(plain))[.keyUnique]?.remedy?.contains("ADD UNIQUE INDEX") == true)
    }

    @Test("A key column that is not there, or cannot tell ids apart")
    func key() throws {
        let facts = Diagnosed.facts([Self.id, Diagnosed.column("customer_id")])
        let near = try Self.findings(.present(facts), key: "customerid")
        #expect(near[.entityKey]?.remedy == Diagnosed.remedy.set("entity_key", to: "customer_id"))
        let unique = try Self.findings(.present(facts), key: "entity")
        #expect(unique[.entityKey]?.remedy == Diagnosed.remedy.set("entity_key", to: "id"))
        let double = Diagnosed.facts([Diagnosed.column("id", "double", nullable: false)])
        #expect(
            try Self.findings(.present(double))[.entityKey]?.remedy
                == "ALTER TABLE `shop`.`users` MODIFY COLUMN `id` BIGINT NOT NULL;")
    }

    @Test("A timestamp that is not there")
    func timestamp() throws {
        let facts = Diagnosed.facts([Self.id, Self.at])
        let findings = try Self.findings(.present(facts), timestamp: "updated")
        #expect(findings[.featureTimestamp]?.remedy == Diagnosed.remedy.set("feature_timestamp", to: "at"))
        let none = try Self.findings(.present(Diagnosed.facts([Self.id])), timestamp: "updated")
        #expect(none[.featureTimestamp]?.remedy == Diagnosed.remedy.delete("feature_timestamp"))
    }

    @Test(
        "The newest row's age",
        arguments: [
            (.age(.seconds(60)), []), (.age(.seconds(86_399)), []), (.age(.seconds(90_000)), [.newestRow]),
            (.age(.seconds(-30)), []), (.age(.seconds(-7_200)), [.newestRow]), (.unknown, []),
        ] as [(TableSample.NewestRow, [Check])])
    func age(_ newest: TableSample.NewestRow, _ troubled: [Check]) throws {
        let facts = Diagnosed.facts([Self.id, Self.at], sample: TableSample(rows: 5, newest: newest))
        let findings = try Self.findings(.present(facts), timestamp: "at")
        #expect(findings.troubled == troubled)
        if newest == .age(.seconds(90_000)) {
            #expect(findings[.newestRow]?.remedy == "PALANTIR_FEATURE_MAX_AGE_HOURS=26")
            #expect(try Self.findings(.present(facts), timestamp: "at", maximumAge: nil).troubled == [])
        }
    }

    @Test("An empty table is told, a view's keys are not judged")
    func emptyOrView() throws {
        let empty = Diagnosed.facts([Self.id], sample: TableSample(rows: 0))
        #expect(try Self.findings(.present(empty)).troubled == [.featureTable])
        let view = Diagnosed.facts([Self.id], isView: true, indexes: [], sample: nil)
        #expect(try Self.findings(.present(view)).troubled == [])
    }

    @Test(
        "Types as the databases tell them",
        arguments: [
            (ColumnKind(mysql: "decimal", type: "decimal(10,2)"), .decimal(fraction: true)),
            (ColumnKind(mysql: "decimal", type: "decimal(10,0) unsigned"), .decimal(fraction: false)),
            (ColumnKind(mysql: "tinyint", type: "tinyint(4)"), .integer),
            (ColumnKind(mysql: "bit", type: "bit(1)"), .boolean), (ColumnKind(mysql: "point", type: "point"), .any),
            (ColumnKind(sqlite: "BIGINT"), .integer), (ColumnKind(sqlite: "VARCHAR(10)"), .text),
            (ColumnKind(sqlite: ""), .any), (ColumnKind(sqlite: "DOUBLE PRECISION"), .real),
            (ColumnKind(sqlite: "BOOLEAN"), .boolean), (ColumnKind(sqlite: "TIMESTAMP"), .dateTime),
            (ColumnKind(sqlite: "NUMERIC(10, 0)"), .decimal(fraction: false)), (ColumnKind(sqlite: "JSON"), .json),
        ] as [(ColumnKind, ColumnKind)])
    func kinds(_ kind: ColumnKind, _ expected: ColumnKind) {
        #expect(kind == expected)
    }
}
