/// An entity's id: 1 to 512 bytes of UTF-8, compared byte for byte.
package struct EntityID: Hashable, Sendable {
    /// The longest id, in bytes: what fits an index key of every supported database.
    package static let maximumBytes = 512

    private let exact: ExactText

    package var text: String { exact.text }

    /// - Returns: nil if the text is empty or too long.
    package init?(_ text: String) {
        guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
        exact = ExactText(text)
    }

    /// The id as an integer, if it is written as a database would print one: no sign but `-`, no leading zero, no
    /// space. "01" and "1abc" are no integers, so they never find the row of 1.
    package var canonicalInteger: CanonicalInteger? {
        CanonicalInteger(text)
    }
}

/// A whole number in its one decimal spelling, within 64 bits.
package enum CanonicalInteger: Hashable, Sendable {
    case signed(Int64)
    /// Beyond `Int64.max`.
    case unsigned(UInt64)

    package init?(_ text: String) {
        if let value = Int64(text), String(value) == text {
            self = .signed(value)
        } else if let value = UInt64(text), String(value) == text {
            self = .unsigned(value)
        } else {
            return nil
        }
    }
}
