/// Which table holds a model's features, as its tags name it. The names are safe to quote, and nothing more is known
/// of them yet: whether they exist is the feature store's to say.
package struct FeatureTable: Hashable, Sendable {
    /// Nil: the feature store's own database.
    package let database: Identifier?
    package let table: Identifier
    /// The column that holds the entity's id.
    package let entityKey: Identifier
    /// The column that tells which of several rows of one entity is newest.
    package let timestamp: Identifier?

    /// A name of letters, digits, `_` and `$`, at most 64 of them, as MySQL allows them without quotes.
    package struct Identifier: Hashable, Sendable, CustomStringConvertible {
        package let text: String

        package init?(_ text: some StringProtocol) {
            let allowed = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
                    true
                default: false
                }
            }
            // Letters of other scripts count; their punctuation and spaces do not.
            let letters = text.unicodeScalars.allSatisfy { $0.isASCII || $0.properties.isAlphabetic }
            guard allowed, letters, (1...64).contains(text.unicodeScalars.count) else { return nil }
            self.text = String(text)
        }

        package var description: String { text }
    }

    package init(database: Identifier?, table: Identifier, entityKey: Identifier, timestamp: Identifier? = nil) {
        self.database = database
        self.table = table
        self.entityKey = entityKey
        self.timestamp = timestamp
    }

    /// `table` or `database.table`, as people read it.
    package var name: String {
        database.map { "\($0).\(table)" } ?? table.text
    }

    init(tags: ServingTags) throws(PalantirError) {
        let names = try tags.parse("feature_store", expecting: "a table: table or database.table") { text in
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Identifier($0) }
            let identifiers = parts.compactMap(\.self)
            return identifiers.count == parts.count && parts.count <= 2 ? identifiers : nil
        }
        guard let names, let table = names.last else { throw tags.missing("feature_store", "the table of features") }
        let column = "a column's name: letters, digits, _ and $"
        self.init(
            database: names.count == 2 ? names.first : nil, table: table,
            entityKey: try tags.parse("entity_key", expecting: column) { Identifier($0) } ?? Self.defaultKey,
            timestamp: try tags.parse("feature_timestamp", expecting: column) { Identifier($0) })
    }

    private static let defaultKey = Identifier(literal: "id")
}

extension FeatureTable.Identifier {
    /// For names that stand in this source.
    fileprivate init(literal: StaticString) {
        text = "\(literal)"
    }
}
