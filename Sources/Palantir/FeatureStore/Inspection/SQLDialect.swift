/// How statements that mend a table are written for a database.
package enum SQLDialect: Hashable, Sendable {
    case mysql
    case sqlite

    package func quoted(_ name: String) -> String {
        switch self {
        case .mysql: "`" + name.replacing("`", with: "``") + "`"
        case .sqlite: "\"" + name.replacing("\"", with: "\"\"") + "\""
        }
    }

    /// Of a text of no bounded length, an index holds this many characters: four bytes each are below the 767 bytes that
    /// old row formats allow. It shortens no value, and ids are rarely longer.
    private static let prefix = 191

    func addIndex(on columns: [InspectedColumn], unique: Bool, of table: TableFacts) -> String {
        let name = quoted(([table.name] + columns.map(\.name)).joined(separator: "_").prefixed(to: 60))
        let list = columns.map { column in
            quoted(column.name) + (self == .mysql && column.needsPrefix ? "(\(Self.prefix))" : "")
        }.joined(separator: ", ")
        return switch self {
        case .mysql: "ALTER TABLE \(table.sql) ADD \(unique ? "UNIQUE " : "")INDEX \(name) (\(list));"
        case .sqlite: "CREATE \(unique ? "UNIQUE " : "")INDEX \(name) ON \(table.sql) (\(list));"
        }
    }

    func addColumn(_ name: String, _ type: String, to table: TableFacts) -> String {
        "ALTER TABLE \(table.sql) ADD COLUMN \(quoted(name)) \(type);"
    }

    func rename(_ column: InspectedColumn, to name: String, of table: TableFacts) -> String {
        "ALTER TABLE \(table.sql) RENAME COLUMN \(quoted(column.name)) TO \(quoted(name));"
    }

    /// Gives a column another type and keeps its values.
    func change(_ column: InspectedColumn, to type: String, of table: TableFacts) -> String {
        switch self {
        case .mysql:
            return "ALTER TABLE \(table.sql) MODIFY COLUMN \(quoted(column.name)) \(type)"
                + (column.isNullable ? ";" : " NOT NULL;")
        case .sqlite:
            // SQLite changes no type: another column takes the values over, converted by its affinity.
            let (old, new) = (quoted(column.name + "_old"), quoted(column.name))
            return [
                "ALTER TABLE \(table.sql) RENAME COLUMN \(new) TO \(old)",
                "ALTER TABLE \(table.sql) ADD COLUMN \(new) \(type)", "UPDATE \(table.sql) SET \(new) = \(old)",
                "ALTER TABLE \(table.sql) DROP COLUMN \(old)",
            ].map { $0 + ";" }.joined(separator: " ")
        }
    }

    func fillNulls(of column: String, of table: TableFacts) -> String {
        "UPDATE \(table.sql) SET \(quoted(column)) = <value> WHERE \(quoted(column)) IS NULL;"
    }

    func createView(_ name: String, of columns: [String], of table: TableFacts) -> String {
        let list = columns.map(quoted).joined(separator: ", ")
        let view = (table.database.map { quoted($0) + "." } ?? "") + quoted(name)
        return "CREATE VIEW \(view) AS SELECT \(list) FROM \(table.sql);"
    }
}

extension String {
    /// Its first characters.
    fileprivate func prefixed(to count: Int) -> String { String(prefix(count)) }
}
