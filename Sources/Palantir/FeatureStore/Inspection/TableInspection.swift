/// What a feature store has of a table that a tag names.
package enum TableInspection: Hashable, Sendable {
    /// `PALANTIR_FEATURE_TABLES` leaves it out, or it is a system's.
    case notAllowed(qualifiedName: String)
    /// There is none of that name; `others` are some that there are.
    case absent(others: [String])
    /// The store's user may not read it. `grant`: the statement that lets it.
    case unreadable(grant: String)
    case present(TableFacts)
}

/// A table, as its database's catalog and its first rows tell of it.
package struct TableFacts: Hashable, Sendable {
    package let dialect: SQLDialect
    /// Nil where the database has no name.
    package let database: String?
    package let name: String
    package let isView: Bool
    /// About how many rows it has; nil if nobody knows.
    package let rows: Int?
    package let columns: [InspectedColumn]
    package let indexes: [TableIndex]
    /// Nil where rows were not looked at.
    package let sample: TableSample?

    package init(
        dialect: SQLDialect, database: String?, name: String, isView: Bool = false, rows: Int?,
        columns: [InspectedColumn], indexes: [TableIndex], sample: TableSample?
    ) {
        self.dialect = dialect
        self.database = database
        self.name = name
        self.isView = isView
        self.rows = rows
        self.columns = columns
        self.indexes = indexes
        self.sample = sample
    }

    /// How it is written in SQL.
    var sql: String {
        (database.map { dialect.quoted($0) + "." } ?? "") + dialect.quoted(name)
    }

    /// The column of that name; case does not matter to the databases, so an exact match is only preferred.
    func column(_ name: FeatureTable.Identifier) -> InspectedColumn? {
        columns.first { $0.name == name.text } ?? columns.first { $0.name.lowercased() == name.text.lowercased() }
    }

    /// Whether look-ups by a column need not read the whole table.
    func isIndexed(_ column: InspectedColumn) -> Bool {
        indexes.contains { $0.columns.first == column.name }
    }

    /// Whether no two rows can have the same value there.
    func isUnique(_ column: InspectedColumn) -> Bool {
        indexes.contains { $0.isUnique && $0.columns == [column.name] }
    }
}

/// A column of it.
package struct InspectedColumn: Hashable, Sendable {
    package let name: String
    /// In the database's own words.
    package let type: String
    package let kind: ColumnKind
    package let isNullable: Bool
    /// Whether its type can tell ids apart.
    package let canBeKey: Bool
    /// Whether an index needs to be told how much of it to hold.
    package let needsPrefix: Bool

    package init(
        name: String, type: String, kind: ColumnKind, isNullable: Bool = true, canBeKey: Bool = true,
        needsPrefix: Bool = false
    ) {
        self.name = name
        self.type = type
        self.kind = kind
        self.isNullable = isNullable
        self.canBeKey = canBeKey
        self.needsPrefix = needsPrefix
    }
}

/// An index that look-ups can use.
package struct TableIndex: Hashable, Sendable {
    package let columns: [String]
    package let isUnique: Bool

    package init(columns: [String], isUnique: Bool) {
        self.columns = columns
        self.isUnique = isUnique
    }
}

/// What the first rows hold. It tells what is there, and never that something is nowhere.
package struct TableSample: Hashable, Sendable {
    package let rows: Int
    package let columnsWithNulls: Set<String>
    /// Whether an entity has several rows.
    package let hasRepeatedKeys: Bool
    package let newest: NewestRow

    package enum NewestRow: Hashable, Sendable {
        /// By the store's own clock; below zero for a row of the future.
        case age(Duration)
        /// The table is large and the timestamp has no index, or nothing tells the time.
        case unknown
    }

    package init(
        rows: Int, columnsWithNulls: Set<String> = [], hasRepeatedKeys: Bool = false, newest: NewestRow = .unknown
    ) {
        self.rows = rows
        self.columnsWithNulls = columnsWithNulls
        self.hasRepeatedKeys = hasRepeatedKeys
        self.newest = newest
    }

    /// How many rows are looked at: some milliseconds of the store's time.
    static let limit = 5_000
    /// A table up to this size is read for its newest row if no index tells.
    static let smallTable = 50_000
}
