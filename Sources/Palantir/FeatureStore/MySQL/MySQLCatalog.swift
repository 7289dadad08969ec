import Synchronization

/// The feature tables' schemas as `information_schema` last said, shared by all connections.
final class MySQLCatalog: Sendable {
    private let ownDatabase: String
    private let policy: FeatureTablePolicy
    private let entries = Mutex<[FeatureTable: Entry]>([:])

    private struct Entry {
        let schema: MySQLTableSchema
        var checkedAt: ContinuousClock.Instant
    }

    /// An added column is seen after at most this long. A dropped one is seen at once, since the look-up fails.
    private static let lifetime = Duration.seconds(2)

    init(ownDatabase: String, policy: FeatureTablePolicy) {
        self.ownDatabase = ownDatabase
        self.policy = policy
    }

    /// The schema of a table, from memory if it is there, however old.
    func schema(of table: FeatureTable, _ connection: MySQLConnection) throws(MySQLExecutionError) -> MySQLTableSchema {
        if let entry = entries.withLock({ $0[table] }) { return entry.schema }
        return try load(table, connection)
    }

    /// Reads the schema anew if it is older than its lifetime; called after an answer was given, so that nobody waits
    /// for it.
    func refreshIfStale(_ table: FeatureTable, _ connection: MySQLConnection) {
        let now = ContinuousClock.now
        let isStale = entries.withLock { entries in
            guard let entry = entries[table], entry.checkedAt.duration(to: now) > Self.lifetime else { return false }
            entries[table]?.checkedAt = now
            return true
        }
        // What fails here fails for the next request with an error of its own.
        if isStale, (try? load(table, connection)) == nil { forget(table) }
    }

    func forget(_ table: FeatureTable) {
        entries.withLock { $0[table] = nil }
    }

    /// The table's own database, or the DSN's.
    func database(of table: FeatureTable) -> String {
        table.database?.text ?? ownDatabase
    }

    /// Whether the table may be read, as far as Palantir's own settings go.
    func allows(_ table: FeatureTable) -> Bool {
        let database = database(of: table)
        return !database.isEmpty
            && policy.allows(database: database, table: table.table.text, ownDatabase: ownDatabase)
    }

    private func load(
        _ table: FeatureTable, _ connection: MySQLConnection
    ) throws(MySQLExecutionError) -> MySQLTableSchema {
        let database = database(of: table)
        do throws(PalantirError) {
            try check(table, in: database)
        } catch {
            throw .row(error)
        }
        var columns: [MySQLColumnDescription] = []
        try connection.execute(
            MySQLColumnDescription.query, [.text(database), .text(table.table.text)]
        ) { row throws(PalantirError) in
            if let column = MySQLColumnDescription(row: row) { columns.append(column) }
        }
        do throws(PalantirError) {
            if let schema = entries.withLock({ $0[table]?.schema }), schema.described == columns { return schema }
            let schema = try MySQLTableSchema(table, database: database, columns: columns)
            entries.withLock { $0[table] = Entry(schema: schema, checkedAt: .now) }
            return schema
        } catch {
            throw .row(error)
        }
    }

    private func check(_ table: FeatureTable, in database: String) throws(PalantirError) {
        guard !database.isEmpty else {
            throw .table(table, "names no database, and neither does MYSQL_DSN; write database.table")
        }
        guard policy.allows(database: database, table: table.table.text, ownDatabase: ownDatabase) else {
            throw .table(table, "may not be read; PALANTIR_FEATURE_TABLES says which tables may")
        }
    }
}
