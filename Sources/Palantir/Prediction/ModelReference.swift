/// Which model a request asks for, as it was written: `churn`, `churn@champion`, `churn/3`, or a name with the fields
/// `alias` or `version`.
///
/// MLflow allows `@` inside names, so only the registry can tell whether `a@b` is a model or an alias of `a`:
/// ``candidates`` lists the readings in the order in which they are tried.
package struct ModelReference: Hashable, Sendable {
    package let name: ExactText
    package let choice: Choice
    /// The readings of it, in the order in which they are tried; never empty.
    package let candidates: [Candidate]

    /// Which version of the registered model.
    package enum Choice: Hashable, Sendable {
        /// The one that is served: alias `champion` if set, else the latest.
        case served
        case alias(String)
        case version(Int)
    }

    package struct Candidate: Hashable, Sendable {
        package let name: ExactText
        package let choice: Choice

        package init(name: ExactText, choice: Choice) {
            self.name = name
            self.choice = choice
        }
    }

    package init(name: String, choice: Choice = .served) {
        self.init(name: ExactText(name), choice: choice, candidates: Self.candidates(ExactText(name), choice))
    }

    private init(name: ExactText, choice: Choice, candidates: [Candidate]) {
        self.name = name
        self.choice = choice
        self.candidates = candidates
    }

    /// Without the readings as models that a caller may not use.
    ///
    /// - Returns: nil if none is left.
    func limited(to models: ModelPatterns) -> ModelReference? {
        let allowed = candidates.filter { models.allows($0.name.text) }
        if allowed.count == candidates.count { return self }
        return allowed.isEmpty ? nil : ModelReference(name: name, choice: choice, candidates: allowed)
    }

    /// The whole text as a name first; then, if no field chose a version, what stands before the last `@` or `/`.
    private static func candidates(_ name: ExactText, _ choice: Choice) -> [Candidate] {
        let whole = Candidate(name: name, choice: choice)
        guard choice == .served else { return [whole] }
        let text = name.text
        // By bytes: finding the borders of characters takes longer than the rest of a request's reading.
        let bytes = text.utf8
        if let slash = bytes.lastIndex(of: UInt8(ascii: "/")), slash != text.startIndex,
            let version = version(text[bytes.index(after: slash)...])
        {
            return [Candidate(name: ExactText(String(text[..<slash])), choice: .version(version))]
        }
        if let at = bytes.lastIndex(of: UInt8(ascii: "@")), at != text.startIndex,
            bytes.index(after: at) != text.endIndex
        {
            let alias = String(text[bytes.index(after: at)...])
            return [whole, Candidate(name: ExactText(String(text[..<at])), choice: .alias(alias))]
        }
        return [whole]
    }

    /// A model version's number: decimal digits, from 1.
    package static func version(_ text: some StringProtocol) -> Int? {
        guard let number = Int(text), number >= 1, String(number) == text else { return nil }
        return number
    }
}
