/// Refuses a key that stands twice in one object: which of the two was meant, nobody can know.
package struct UniqueJSONKeys {
    private let active: Bool
    /// Of a small object, which most are: a few comparisons take less than hashing and a set's memory.
    private var few: [ExactText] = []
    /// Of one with more keys, all of them.
    private var many: Set<ExactText> = []

    private static let maximumFew = 8

    package init(active: Bool = true) {
        self.active = active
    }

    package mutating func insert(_ key: JSONStringToken, in scanner: borrowing JSONScanner) throws(JSONError) {
        guard active else { return }
        try insert(try key.text(in: scanner), in: scanner)
    }

    package mutating func insert(_ key: String, in scanner: borrowing JSONScanner) throws(JSONError) {
        guard active else { return }
        guard insert(ExactText(key)) else { throw scanner.error(.duplicateKey(key)) }
    }

    /// - Returns: whether it is new.
    private mutating func insert(_ key: ExactText) -> Bool {
        guard many.isEmpty else { return many.insert(key).inserted }
        guard !few.contains(key) else { return false }
        if few.count < Self.maximumFew { few.append(key) } else { many = Set(few + [key]) }
        return true
    }
}
