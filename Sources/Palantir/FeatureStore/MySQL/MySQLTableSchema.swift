import NIOCore

/// What `information_schema` says of a feature table, and the statements that follow from it.
struct MySQLTableSchema: Sendable {
    /// What the schema was made from.
    let described: [MySQLColumnDescription]
    let columns: [FeatureColumn]
    let key: MySQLKey
    let layout: FeatureRowLayout
    let lookUp: LookUpStatement
    /// The SQL for some rows' keys.
    let someKeys: String

    /// - Parameter database: the table's, or the DSN's own if the tag names none.
    init(
        _ table: FeatureTable, database: String, columns described: [MySQLColumnDescription]
    ) throws(PalantirError) {
        guard !described.isEmpty else {
            throw .table(table, "does not exist in the feature store, or its user may not read it")
        }
        self.described = described
        let columns = described.map { FeatureColumn(name: $0.name, type: $0.type, isNullable: $0.isNullable) }
        self.columns = columns
        func find(_ name: FeatureTable.Identifier, _ tag: String) throws(PalantirError) -> String {
            guard let column = FeatureColumn.named(name.text, in: columns) else {
                throw .table(table, "has no column \(name), which the tag \(tag) names")
            }
            return column.name
        }
        let keyName = try find(table.entityKey, "entity_key")
        let timestampName = try table.timestamp.map { name throws(PalantirError) in
            try find(name, "feature_timestamp")
        }
        guard let key = described.first(where: { $0.name == keyName }).flatMap({ MySQLKey(dataType: $0.dataType) })
        else { throw .table(table, "has a key column \(keyName) of a type that cannot tell ids apart") }
        self.key = key
        let layout = FeatureRowLayout(key: keyName, columns: columns.map(\.name))
        self.layout = layout
        let from = "\(Self.quoted(database)).\(Self.quoted(table.table.text))"
        someKeys = "SELECT \(Self.quoted(keyName)) FROM \(from) LIMIT \(LookUpStatement.shownEntities)"
        lookUp = Self.lookUp(layout, from: from, key: key, keyName: keyName, timestampName: timestampName)
    }

    private static func lookUp(
        _ layout: FeatureRowLayout, from: String, key: MySQLKey, keyName: String, timestampName: String?
    ) -> LookUpStatement {
        // Column by column: a prepared `SELECT *` would answer with other columns once the table is altered.
        let select = layout.selected.map { "f.\(quoted($0))" }.joined(separator: ",")
        let column = quoted(keyName)
        let look = "SELECT \(select) FROM \(from) AS f"
        guard let timestampName else {
            return LookUpStatement(repetitions: 1) { "\(look) WHERE f.\(column) IN (\($0))" }
        }
        let timestamp = quoted(timestampName)
        // Grouped by the key's bytes: a collation would take look-alikes for one entity. A window function would do
        // in one pass, but MySQL 5.7 has none.
        let exact = key.isText ? "BINARY " : ""
        return LookUpStatement(repetitions: 2) { marks in
            """
            \(look) JOIN (SELECT \(exact)g.\(column) AS k, MAX(g.\(timestamp)) AS t FROM \(from) AS g \
            WHERE g.\(column) IN (\(marks)) GROUP BY \(exact)g.\(column)) AS n \
            ON \(exact)f.\(column) = n.k AND f.\(timestamp) <=> n.t WHERE f.\(column) IN (\(marks))
            """
        }
    }

    private static func quoted(_ name: String) -> String {
        "`" + name.replacing("`", with: "``") + "`"
    }
}

/// A row of `information_schema.COLUMNS`.
struct MySQLColumnDescription: Hashable, Sendable {
    let name: String
    /// As people read it, such as `decimal(10,2) unsigned`.
    let type: String
    /// The bare type, such as `decimal`.
    let dataType: String
    let isNullable: Bool

    /// `INVISIBLE` columns are left out, as `SELECT *` does.
    static let query = """
        SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE FROM information_schema.COLUMNS \
        WHERE TABLE_SCHEMA = ? AND BINARY TABLE_NAME = ? AND EXTRA NOT LIKE '%INVISIBLE%' ORDER BY ORDINAL_POSITION
        """

    /// Reads the row that the statement stands on.
    init?(row: borrowing MySQLStatement) {
        guard let name = row.keyText(0), let type = row.keyText(1), let dataType = row.keyText(2) else { return nil }
        self.name = name
        self.type = type
        self.dataType = dataType
        isNullable = row.keyText(3) == "YES"
    }
}

/// How an id is compared with a key column.
enum MySQLKey: Sendable {
    case integer
    case decimal
    case text

    /// - Returns: nil for types whose equality is not that of ids, such as floating point.
    init?(dataType: String) {
        switch dataType.lowercased() {
        case "tinyint", "smallint", "mediumint", "int", "bigint": self = .integer
        case "decimal": self = .decimal
        case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "uuid", "binary", "varbinary",
            "tinyblob", "blob", "mediumblob", "longblob", "inet4", "inet6":
            self = .text
        default: return nil
        }
    }

    var isText: Bool {
        switch self {
        case .text: true
        case .integer, .decimal: false
        }
    }

    /// The parameter for an id; nil for an id that no row of this column can have: then nothing is asked.
    func parameter(for id: EntityID) -> MySQLParameter? {
        switch self {
        case .integer: id.canonicalInteger.map(MySQLParameter.integer)
        case .decimal: id.canonicalInteger == nil ? nil : .decimal(id.text)
        case .text: .text(id.text)
        }
    }
}
