/// Refuses a key that stands twice in one object: which of the two was meant, nobody can know.
package struct UniqueJSONKeys {
    private let active: Bool
    private var seen: Set<ExactText> = []

    package init(active: Bool = true) {
        self.active = active
    }

    package mutating func insert(_ key: JSONStringToken, in scanner: borrowing JSONScanner) throws(JSONError) {
        guard active else { return }
        try insert(try key.text(in: scanner), in: scanner)
    }

    package mutating func insert(_ key: String, in scanner: borrowing JSONScanner) throws(JSONError) {
        guard active else { return }
        guard seen.insert(ExactText(key)).inserted else { throw scanner.error(.duplicateKey(key)) }
    }
}
