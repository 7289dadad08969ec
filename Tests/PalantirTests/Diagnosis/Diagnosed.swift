import Testing

@testable import Palantir

/// What tests of single judgements share.
enum Diagnosed {
    static let model = RegisteredModel(name: "churn", tags: ["feature_store": "users"])
    static let remedy = TagRemedy(model: model, version: nil)

    static func table(key: String = "id", timestamp: String? = nil) throws -> FeatureTable {
        FeatureTable(
            database: nil, table: try #require(FeatureTable.Identifier("users")),
            entityKey: try #require(FeatureTable.Identifier(key)),
            timestamp: try timestamp.map { try #require(FeatureTable.Identifier($0)) })
    }

    static func facts(
        _ columns: [InspectedColumn], dialect: SQLDialect = .mysql, isView: Bool = false, rows: Int? = 1_000,
        indexes: [TableIndex] = [TableIndex(columns: ["id"], isUnique: true)],
        sample: TableSample? = TableSample(rows: 1_000)
    ) -> TableFacts {
        TableFacts(
            dialect: dialect, database: dialect == .mysql ? "shop" : nil, name: "users", isView: isView, rows: rows,
            columns: columns, indexes: indexes, sample: sample)
    }

    static func column(
        _ name: String, _ type: String = "bigint", nullable: Bool = true, needsPrefix: Bool = false
    ) -> InspectedColumn {
        let dataType = String(type.prefix { $0.isLetter })
        return InspectedColumn(
            name: name, type: type, kind: ColumnKind(mysql: dataType, type: type), isNullable: nullable,
            canBeKey: MySQLKey(dataType: dataType) != nil, needsPrefix: needsPrefix)
    }
}

extension [Finding] {
    subscript(_ check: Check) -> Finding? { first { $0.check == check } }

    /// The checks that found something, in order.
    var troubled: [Check] { troubles.map(\.check) }
}
