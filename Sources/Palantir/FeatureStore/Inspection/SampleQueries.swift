/// The statements that look at a table's first rows, for every database alike: at most ``TableSample/limit`` of them, and
/// no value of theirs is read.
struct SampleQueries {
    private let facts: TableFacts
    private let nullable: [InspectedColumn]
    private let key: InspectedColumn?
    private let timestamp: InspectedColumn?

    init(_ facts: TableFacts, _ table: FeatureTable) {
        self.facts = facts
        nullable = facts.columns.filter(\.isNullable)
        key = facts.column(table.entityKey)
        timestamp = table.timestamp.flatMap(facts.column)
    }

    private func quoted(_ column: InspectedColumn) -> String { facts.dialect.quoted(column.name) }

    /// How many rows, and of each nullable column how many NULLs.
    var nulls: String {
        let flags = nullable.enumerated().map { "\(quoted($1)) IS NULL AS c\($0)" }
        let sums = nullable.indices.map { ", SUM(c\($0))" }.joined()
        let list = (["1 AS one"] + flags).joined(separator: ", ")
        return "SELECT COUNT(*)\(sums) FROM (SELECT \(list) FROM \(facts.sql) LIMIT \(TableSample.limit)) AS s"
    }

    /// A row if some key stands twice; nil where that cannot be.
    var repeatedKeys: String? {
        guard let key, !facts.isUnique(key) else { return nil }
        let first = "SELECT \(quoted(key)) AS k FROM \(facts.sql) LIMIT \(TableSample.limit)"
        return "SELECT 1 FROM (\(first)) AS s WHERE k IS NOT NULL GROUP BY k HAVING COUNT(*) > 1 LIMIT 1"
    }

    /// The timestamp's column in quotes, if the newest row can be found without reading a large table.
    func measurable(rows: Int?) -> String? {
        guard let timestamp else { return nil }
        let isSmall = rows.map { $0 <= TableSample.smallTable } ?? false
        return isSmall || facts.isIndexed(timestamp) ? quoted(timestamp) : nil
    }

    /// The facts with what the statements told.
    ///
    /// - Parameter numbers: of ``nulls``.
    func sampled(numbers: [Int], hasRepeatedKeys: Bool, newestSeconds: Int?) -> TableFacts {
        let withNulls = zip(nullable, numbers.dropFirst()).filter { $1 > 0 }.map(\.0.name)
        return TableFacts(
            dialect: facts.dialect, database: facts.database, name: facts.name, isView: facts.isView, rows: facts.rows,
            columns: facts.columns, indexes: facts.indexes,
            sample: TableSample(
                rows: numbers.first ?? 0, columnsWithNulls: Set(withNulls), hasRepeatedKeys: hasRepeatedKeys,
                newest: newestSeconds.map { .age(.seconds($0)) } ?? .unknown))
    }
}
