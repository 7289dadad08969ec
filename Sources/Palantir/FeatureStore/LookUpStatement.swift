/// The SQL of a table's look-ups, made once a schema: a look-up costs no text.
struct LookUpStatement: Sendable {
    /// The most ids in a statement. SQLite takes 999 parameters in its oldest builds, MySQL 65,535; MariaDB turns a list
    /// of 1,000 and more into a subquery, and optimisers estimate long lists worse. 512 ids of 512 bytes are a quarter
    /// of a megabyte, well under MySQL's smallest usual packet limit of 1 MB.
    static let maximumIDs = 512

    /// How many entities are named to somebody who wants to see one.
    static let shownEntities = 20

    /// By the power of two of their number of parameters: a connection prepares ten statements a table, not five
    /// hundred. The last id fills up the rest.
    private let texts: [String]
    /// How often each id is bound.
    private let repetitions: Int

    /// - Parameters:
    ///   - repetitions: how many parameter lists the text has.
    ///   - text: the statement with a list of parameters, `?,?,…`.
    init(repetitions: Int, _ text: (String) -> String) {
        self.repetitions = repetitions
        let exponents = 0...Self.exponent(for: Self.maximumIDs)
        texts = exponents.map { text(Array(repeating: "?", count: 1 << $0).joined(separator: ",")) }
    }

    /// The text for some keys, and the parameters to bind.
    ///
    /// - Returns: nil if there are no keys, or more than ``maximumIDs``.
    func callAsFunction<Parameter>(_ keys: [Parameter]) -> (text: String, parameters: [Parameter])? {
        guard let last = keys.last else { return nil }
        let exponent = Self.exponent(for: keys.count)
        guard exponent < texts.count else { return nil }
        let padded = keys + Array(repeating: last, count: (1 << exponent) - keys.count)
        return (texts[exponent], repetitions == 1 ? padded : padded + padded)
    }

    /// The smallest exponent of two whose power is at least `count`.
    static func exponent(for count: Int) -> Int {
        count <= 1 ? 0 : Int.bitWidth - (count - 1).leadingZeroBitCount
    }
}
