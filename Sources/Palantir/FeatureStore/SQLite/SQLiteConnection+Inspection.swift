import GRDB

/// What a diagnosis asks of an SQLite file.
extension SQLiteConnection {
    func inspect() throws(PalantirError) -> StoreInspection {
        try read { db in
            StoreInspection(
                product: .sqlite, version: try String.fetchOne(db, sql: "SELECT sqlite_version()") ?? "",
                transport: .local)
        }
    }

    func inspect(_ table: FeatureTable) throws(PalantirError) -> TableInspection {
        let database = table.database?.text ?? "main"
        guard database == "main", policy.allows(database: database, table: table.table.text, ownDatabase: "main") else {
            return .notAllowed(qualifiedName: "\(database).\(table.table)")
        }
        return try read { db in
            let type = try String.fetchOne(
                db, sql: "SELECT type FROM sqlite_schema WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
                arguments: [table.table.text])
            guard let type else { return .absent(others: try Self.tables(db)) }
            let facts = TableFacts(
                dialect: .sqlite, database: nil, name: table.table.text, isView: type == "view", rows: nil,
                columns: try Self.columns(of: table.table.text, db),
                indexes: try Self.indexes(of: table.table.text, db),
                sample: nil)
            // What a view costs is not known beforehand.
            return .present(facts.isView ? facts : try Self.sampled(facts, table, db))
        }
    }

    private static func sampled(_ facts: TableFacts, _ table: FeatureTable, _ db: Database) throws -> TableFacts {
        let count = try Int.fetchOne(
            db, sql: "SELECT COUNT(*) FROM (SELECT 1 FROM \(facts.sql) LIMIT \(TableSample.smallTable + 1))")
        // A larger one is not counted.
        let rows = count.flatMap { $0 <= TableSample.smallTable ? $0 : nil }
        let counted = TableFacts(
            dialect: facts.dialect, database: nil, name: facts.name, rows: rows, columns: facts.columns,
            indexes: facts.indexes, sample: nil)
        let queries = SampleQueries(counted, table)
        let counts = try Row.fetchOne(db, sql: queries.nulls)
        let numbers = (counts.map { Array($0.databaseValues) } ?? []).map { Int.fromDatabaseValue($0) ?? 0 }
        let isRepeated = try queries.repeatedKeys.map { try Row.fetchOne(db, sql: $0) != nil }
        return queries.sampled(
            numbers: numbers, hasRepeatedKeys: isRepeated ?? false, newestSeconds: try newest(queries, counted, db))
    }

    /// Only text is taken for a time: a number could be any.
    private static func newest(_ queries: SampleQueries, _ facts: TableFacts, _ db: Database) throws -> Int? {
        guard let column = queries.measurable(rows: facts.rows) else { return nil }
        return try Int.fetchOne(
            db,
            sql: """
                SELECT strftime('%s', 'now') - strftime('%s', t) FROM (SELECT MAX(\(column)) AS t FROM \(facts.sql))
                WHERE typeof(t) = 'text'
                """)
    }

    private static func columns(of table: String, _ db: Database) throws -> [InspectedColumn] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT name, type, "notnull" OR (pk = 1 AND upper(type) = 'INTEGER') FROM pragma_table_xinfo(?)
                WHERE hidden <> 1
                """,
            arguments: [table])
        return rows.map { row in
            let type: String = row[1] ?? ""
            return InspectedColumn(
                name: row[0], type: type, kind: ColumnKind(sqlite: type), isNullable: row[2] == 0,
                canBeKey: SQLiteKey(declaredType: type) != nil)
        }
    }

    private static func indexes(of table: String, _ db: Database) throws -> [TableIndex] {
        // A primary key of type INTEGER is the rowid itself and has no index.
        let rowid = try String.fetchAll(
            db,
            sql: """
                SELECT name FROM pragma_table_info(?1) WHERE pk = 1 AND upper(type) = 'INTEGER'
                AND (SELECT MAX(pk) FROM pragma_table_info(?1)) = 1
                """,
            arguments: [table])
        // One that leaves rows out cannot answer for them.
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT l.name, l."unique", i.name FROM pragma_index_list(?) AS l, pragma_index_info(l.name) AS i
                WHERE l.partial = 0 ORDER BY l.seq, i.seqno
                """,
            arguments: [table])
        let names = rows.map { $0[0] as String }
        let indexes = Set(names).sorted().map { name in
            let parts = rows.filter { $0[0] == name }
            return TableIndex(
                columns: parts.map { ($0[2] as String?) ?? "" }, isUnique: parts.first.map { $0[1] == 1 } ?? false)
        }
        return rowid.map { TableIndex(columns: [$0], isUnique: true) } + indexes
    }

    private static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'
                ORDER BY name LIMIT 500
                """)
    }
}
