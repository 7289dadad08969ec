import GRDB
import NIOCore

/// What SQLite knows of a feature table, and the statements that follow from it.
struct SQLiteTableSchema: Sendable {
    let columns: [FeatureColumn]
    let key: SQLiteKey
    let lookUp: LookUpStatement
    /// The SQL for some rows' keys.
    let someKeys: String
    private let layout: FeatureRowLayout
    /// By the position in the select list.
    private let conversions: [SQLiteConversion]

    init(_ table: FeatureTable, policy: FeatureTablePolicy, _ db: Database) throws {
        let database = table.database?.text ?? "main"
        guard database == "main" else {
            throw PalantirError.table(table, "names a database; an SQLite file holds one, without a name")
        }
        guard policy.allows(database: database, table: table.table.text, ownDatabase: "main") else {
            throw PalantirError.table(table, "may not be read; PALANTIR_FEATURE_TABLES says which tables may")
        }
        let rows = try Row.fetchAll(
            db,
            // A rowid under another name is never null, whatever the declaration says.
            sql: """
                SELECT name, type, "notnull" OR (pk = 1 AND upper(type) = 'INTEGER') FROM pragma_table_xinfo(?)
                WHERE hidden <> 1
                """,
            arguments: [table.table.text])
        guard !rows.isEmpty else { throw PalantirError.table(table, "does not exist") }
        let columns = rows.map { FeatureColumn(name: $0[0], type: $0[1] ?? "", isNullable: $0[2] == 0) }
        let keyColumn = try Self.column(table.entityKey, "entity_key", in: columns, of: table)
        self.columns = columns
        key = try SQLiteKey(column: keyColumn, table: table)
        let timestampName = try table.timestamp.map {
            try Self.column($0, "feature_timestamp", in: columns, of: table).name
        }
        let layout = FeatureRowLayout(key: keyColumn.name, columns: columns.map(\.name))
        self.layout = layout
        lookUp = Self.lookUp(layout, from: table.table.text, keyName: keyColumn.name, timestampName: timestampName)
        someKeys = """
            SELECT \(Self.quoted(keyColumn.name)) FROM "main".\(Self.quoted(table.table.text)) \
            LIMIT \(LookUpStatement.shownEntities)
            """
        let types = Dictionary(columns.map { ($0.name, $0.type) }) { first, _ in first }
        conversions = layout.selected.map { SQLiteConversion(declaredType: types[$0] ?? "") }
    }

    private static func lookUp(
        _ layout: FeatureRowLayout, from table: String, keyName: String, timestampName: String?
    ) -> LookUpStatement {
        // Qualified, since SQLite takes an unknown bare name in double quotes for a text.
        let select = layout.selected.map { "f.\(quoted($0))" }.joined(separator: ",")
        let from = "\"main\".\(quoted(table))"
        let key = quoted(keyName)
        let look = "SELECT \(select) FROM \(from) AS f"
        guard let timestampName else {
            return LookUpStatement(repetitions: 1) { "\(look) WHERE f.\(key) IN (\($0))" }
        }
        let timestamp = quoted(timestampName)
        return LookUpStatement(repetitions: 2) { marks in
            """
            \(look) JOIN (SELECT CAST(g.\(key) AS BLOB) AS k, MAX(g.\(timestamp)) AS t FROM \(from) AS g \
            WHERE g.\(key) IN (\(marks)) GROUP BY CAST(g.\(key) AS BLOB)) AS n \
            ON CAST(f.\(key) AS BLOB) = n.k AND f.\(timestamp) IS n.t WHERE f.\(key) IN (\(marks))
            """
        }
    }

    func write(_ row: Row, to buffer: inout ByteBuffer) {
        layout.write(to: &buffer) { column, write in
            conversions[column].withValue(row[column] as DatabaseValue, write)
        }
    }

    /// The id that a stored key stands for; nil for kinds that are no ids.
    static func keyText(_ value: DatabaseValue) -> String? {
        switch value.storage {
        case .int64(let number): String(number)
        case .string(let text): text
        case .null, .double, .blob: nil
        }
    }

    private static func column(
        _ name: FeatureTable.Identifier, _ tag: String, in columns: [FeatureColumn], of table: FeatureTable
    ) throws(PalantirError) -> FeatureColumn {
        guard let column = FeatureColumn.named(name.text, in: columns) else {
            throw .table(table, "has no column \(name), which the tag \(tag) names")
        }
        return column
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}

/// How an id is compared with a key column, by the column's affinity (SQLite's documentation, "Datatypes", 3.1).
struct SQLiteKey: Sendable {
    private enum Affinity { case integer, text, none }
    private let affinity: Affinity

    init(column: FeatureColumn, table: FeatureTable) throws(PalantirError) {
        guard let key = SQLiteKey(declaredType: column.type) else {
            throw .table(table, "has the key column \(column.name) of type \(column.type), which cannot tell ids apart")
        }
        self = key
    }

    /// - Returns: nil for types whose equality is not that of ids.
    init?(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("INT") {
            affinity = .integer
        } else if ["CHAR", "CLOB", "TEXT"].contains(where: type.contains) {
            affinity = .text
        } else if type.isEmpty || type.contains("BLOB") {
            affinity = .none
        } else if ["REAL", "FLOA", "DOUB"].contains(where: type.contains) {
            return nil
        } else {
            affinity = .integer
        }
    }

    /// The values that the ids may stand as, in lists of at most one value an id. An integer column is never asked for
    /// a text that it would turn into a number of its own accord, such as "01".
    func parameters(for ids: [EntityID]) -> [[DatabaseValue]] {
        switch affinity {
        case .text: [ids.map(\.text.databaseValue)]
        case .integer: [ids.compactMap { $0.number ?? ($0.looksNumeric ? nil : $0.text.databaseValue) }]
        case .none: [ids.compactMap(\.number), ids.map(\.text.databaseValue)]
        }
    }
}

extension EntityID {
    fileprivate var number: DatabaseValue? {
        if case .signed(let number) = canonicalInteger { number.databaseValue } else { nil }
    }

    /// Whether SQLite might take the text for a number.
    fileprivate var looksNumeric: Bool {
        Double(String(text.trimmingSpaces)) != nil
    }
}

extension FeatureColumn {
    /// The column of that name; case does not matter to the databases, so an exact match is only preferred.
    static func named(_ name: String, in columns: [FeatureColumn]) -> FeatureColumn? {
        columns.first { $0.name == name } ?? columns.first { $0.name.lowercased() == name.lowercased() }
    }
}
