import CMariaDB

/// What a diagnosis asks of MySQL, on a connection's thread. Its statements are not kept: they are rare, and look-ups
/// need the room.
struct MySQLInspection {
    let catalog: MySQLCatalog
    let dsn: MySQLDSN
    let connection: MySQLConnection

    func store() throws(PalantirError) -> StoreInspection {
        do throws(MySQLExecutionError) {
            let about = try rows("SELECT VERSION(), CURRENT_USER()").first ?? []
            let version = about.first.flatMap(\.self) ?? ""
            let user = about.last.flatMap(\.self) ?? ""
            let privileges = try rows(Self.privileges, [.text(Self.grantee(user)), .text(Self.grantee(user))])
            return StoreInspection(
                product: version.contains("MariaDB") ? .mariaDB : .mysql, version: version, transport: transport,
                database: dsn.database,
                writePrivileges: privileges.compactMap { $0.first.flatMap(\.self) }
                    .filter(Self.writePrivileges.contains).sorted())
        } catch {
            throw Self.translated(error)
        }
    }

    func table(_ table: FeatureTable) throws(PalantirError) -> TableInspection {
        let database = catalog.database(of: table)
        guard catalog.allows(table) else { return .notAllowed(qualifiedName: "\(database).\(table.table)") }
        do throws(MySQLExecutionError) {
            let name: [MySQLParameter] = [.text(database), .text(table.table.text)]
            guard let about = try rows(Self.tables, name).first else { return try absent(table, in: database) }
            var described: [MySQLColumnDescription] = []
            try connection.executeOnce(MySQLColumnDescription.query, name) { row throws(PalantirError) in
                if let column = MySQLColumnDescription(row: row) { described.append(column) }
            }
            let facts = TableFacts(
                dialect: .mysql, database: database, name: table.table.text,
                isView: about.first.flatMap(\.self)?.contains("VIEW") ?? false,
                rows: about.last.flatMap(\.self).flatMap { Int($0) }, columns: described.map(InspectedColumn.init),
                indexes: Self.indexes(try rows(Self.statistics, name)), sample: nil)
            do throws(MySQLExecutionError) {
                return .present(try sampled(facts, table))
            } catch {
                guard case .server(let failure) = error, failure.kind == .denied else { throw error }
                return .unreadable(grant: try grant(table, in: database))
            }
        } catch {
            throw Self.translated(error)
        }
    }

    // MARK: - Rows

    private func sampled(_ facts: TableFacts, _ table: FeatureTable) throws(MySQLExecutionError) -> TableFacts {
        // What a view costs is not known beforehand.
        guard !facts.isView, !facts.columns.isEmpty else { return facts }
        let queries = SampleQueries(facts, table)
        let counts = try rows(queries.nulls).first ?? []
        let numbers = counts.map { $0.flatMap { Int($0) } ?? 0 }
        let isRepeated = try queries.repeatedKeys.map { query throws(MySQLExecutionError) in try !rows(query).isEmpty }
        return queries.sampled(
            numbers: numbers, hasRepeatedKeys: isRepeated ?? false, newestSeconds: try newest(queries, facts))
    }

    private func newest(_ queries: SampleQueries, _ facts: TableFacts) throws(MySQLExecutionError) -> Int? {
        guard let column = queries.measurable(rows: facts.rows) else { return nil }
        let query = "SELECT TIMESTAMPDIFF(SECOND, MAX(\(column)), NOW()) FROM \(facts.sql)"
        return try rows(query).first?.first.flatMap(\.self).flatMap { Int($0) }
    }

    private func absent(
        _ table: FeatureTable, in database: String
    ) throws(MySQLExecutionError) -> TableInspection {
        // The catalog shows only what the user may use; asking for no row tells the two apart.
        let dialect = SQLDialect.mysql
        do throws(MySQLExecutionError) {
            _ = try rows("SELECT 1 FROM \(dialect.quoted(database)).\(dialect.quoted(table.table.text)) LIMIT 0")
        } catch {
            guard case .server(let failure) = error else { throw error }
            if failure.kind == .denied || failure.number == UInt32(ER_DBACCESS_DENIED_ERROR) {
                return .unreadable(grant: try grant(table, in: database))
            }
            guard failure.kind == .tableChanged else { throw error }
        }
        let others = try rows(Self.otherTables, [.text(database)]).compactMap { $0.first.flatMap(\.self) }
        return .absent(others: others)
    }

    private func grant(_ table: FeatureTable, in database: String) throws(MySQLExecutionError) -> String {
        let user = try rows("SELECT CURRENT_USER()").first?.first.flatMap(\.self) ?? ""
        let dialect = SQLDialect.mysql
        let name = "\(dialect.quoted(database)).\(dialect.quoted(table.table.text))"
        return "GRANT SELECT ON \(name) TO \(Self.grantee(user));"
    }

    /// Each row's values as text.
    private func rows(
        _ sql: String, _ parameters: [MySQLParameter] = []
    ) throws(MySQLExecutionError) -> [[String?]] {
        var rows: [[String?]] = []
        try connection.executeOnce(sql, parameters) { row throws(PalantirError) in
            rows.append((0..<row.columnCount).map { row.keyText($0) })
        }
        return rows
    }

    // MARK: -

    private var transport: StoreInspection.Transport {
        guard case .tcp(let host, _) = dsn.address else { return .local }
        let isLoopback = Settings.isLoopback(host)
        return connection.isEncrypted
            ? .encrypted(isVerified: dsn.options.tls == .verified, isLoopback: isLoopback)
            : .plain(isLoopback: isLoopback)
    }

    private static func indexes(_ rows: [[String?]]) -> [TableIndex] {
        var indexes: [(name: String, index: TableIndex)] = []
        for row in rows {
            guard row.count == 3, let name = row[0] else { continue }
            // A part that is no column but an expression helps no look-up; it must not be taken for none either.
            let column = row[2] ?? ""
            if let last = indexes.last, last.name == name {
                indexes[indexes.count - 1].index = TableIndex(
                    columns: last.index.columns + [column], isUnique: last.index.isUnique)
            } else {
                indexes.append((name, TableIndex(columns: [column], isUnique: row[1] == "0")))
            }
        }
        return indexes.map(\.index)
    }

    /// An account as the catalog and statements write it.
    private static func grantee(_ user: String) -> String {
        let at = user.lastIndex(of: "@") ?? user.endIndex
        let host = at == user.endIndex ? "%" : user[user.index(after: at)...]
        return "'\(user[..<at])'@'\(host)'"
    }

    private static func translated(_ error: MySQLExecutionError) -> PalantirError {
        switch error {
        case .row(let error): error
        case .server(let failure): MySQLConnection.unavailable(failure)
        }
    }
}

// MARK: - Catalog queries

extension MySQLInspection {
    private static let tables = """
        SELECT TABLE_TYPE, CAST(TABLE_ROWS AS CHAR) FROM information_schema.TABLES \
        WHERE TABLE_SCHEMA = ? AND BINARY TABLE_NAME = ?
        """

    private static let otherTables =
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY TABLE_NAME LIMIT 500"

    /// Those that answer `=` and `IN`.
    private static let statistics = """
        SELECT INDEX_NAME, CAST(NON_UNIQUE AS CHAR), COLUMN_NAME FROM information_schema.STATISTICS \
        WHERE TABLE_SCHEMA = ? AND BINARY TABLE_NAME = ? AND INDEX_TYPE IN ('BTREE', 'HASH') \
        ORDER BY INDEX_NAME, SEQ_IN_INDEX
        """

    /// A user sees what it has been granted itself.
    private static let privileges = """
        SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ? \
        UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ?
        """

    private static let writePrivileges: Set<String> = [
        "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "INDEX", "TRIGGER", "FILE", "SUPER", "CREATE USER",
        "GRANT OPTION", "SHUTDOWN", "CREATE ROUTINE", "ALTER ROUTINE", "DELETE HISTORY", "SET USER",
    ]
}

extension InspectedColumn {
    fileprivate init(_ column: MySQLColumnDescription) {
        let kind = ColumnKind(mysql: column.dataType, type: column.type)
        // 191 characters of four bytes are what every row format can index whole.
        let length = Int(column.type.filter { $0.isASCII && $0.isNumber })
        let isLong = ["varchar", "varbinary", "char"].contains(column.dataType.lowercased()) && (length ?? 0) > 768
        let isUnbounded =
            column.dataType.lowercased().hasSuffix("text") || column.dataType.lowercased().hasSuffix("blob")
        self.init(
            name: column.name, type: column.type, kind: kind, isNullable: column.isNullable,
            canBeKey: MySQLKey(dataType: column.dataType) != nil, needsPrefix: isLong || isUnbounded)
    }
}
