import Foundation

/// Text that equals another only byte for byte.
///
/// Swift's `String` holds "é" in one scalar and "é" in two for the same. Databases and MLflow do not, and an entity
/// must never be answered for by its look-alike.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: Self, right: Self) -> Bool {
        guard left.text == right.text else { return false }
        var (left, right) = (left.text, right.text)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard left.count == right.count else { return false }
                guard let left = left.baseAddress, let other = right.baseAddress else { return true }
                return memcmp(left, other, right.count) == 0
            }
        }
    }
}
