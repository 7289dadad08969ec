import Foundation

/// Which tables `feature_store` tags may name: who may write tags in MLflow is not thereby allowed to read every table
/// of the database.
package struct FeatureTablePolicy: Sendable {
    private let patterns: [String]?

    /// Never, whatever the patterns: they hold accounts, not features.
    private static let systemSchemas: Set<String> = ["mysql", "information_schema", "performance_schema", "sys"]

    /// - Parameter patterns: globs over `database.table`; nil for every table of the store's own database.
    package init(patterns: [String]?) {
        self.patterns = patterns
    }

    /// Whether a database holds no features, whatever the patterns say.
    static func isSystem(_ database: String) -> Bool {
        systemSchemas.contains(database.lowercased())
    }

    func allows(database: String, table: String, ownDatabase: String) -> Bool {
        guard !Self.isSystem(database) else { return false }
        guard let patterns else { return database == ownDatabase }
        return patterns.contains { pattern in
            let qualified = pattern.contains(".") ? pattern : "\(ownDatabase).\(pattern)"
            return fnmatch(qualified, "\(database).\(table)", 0) == 0
        }
    }
}
