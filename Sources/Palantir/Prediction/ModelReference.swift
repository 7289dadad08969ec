/// Which model a request asks for, as it was written: `churn`, `churn@champion`, `churn/3`, or a name with the fields
/// `alias` or `version`.
///
/// MLflow allows `@` inside names, so only the registry can tell whether `a@b` is a model or an alias of `a`:
/// ``candidates`` lists the readings in the order in which they are tried.
package struct ModelReference: Hashable, Sendable {
    package let name: ExactText
    package let choice: Choice

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
        self.name = ExactText(name)
        self.choice = choice
    }

    /// The whole text as a name first; then, if no field chose a version, what stands before the last `@` or `/`.
    package var candidates: [Candidate] {
        let whole = Candidate(name: name, choice: choice)
        guard choice == .served else { return [whole] }
        let text = name.text
        if let slash = text.lastIndex(of: "/"), slash != text.startIndex,
            let version = Self.version(text[text.index(after: slash)...])
        {
            return [Candidate(name: ExactText(String(text[..<slash])), choice: .version(version))]
        }
        if let at = text.lastIndex(of: "@"), at != text.startIndex, text.index(after: at) != text.endIndex {
            let alias = String(text[text.index(after: at)...])
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
