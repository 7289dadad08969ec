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
        left.text == right.text && left.text.utf8.elementsEqual(right.text.utf8)
    }
}
