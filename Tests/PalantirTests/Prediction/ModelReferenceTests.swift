import Palantir
import Testing

@Suite("Model references")
struct ModelReferenceTests {
    private typealias Candidate = ModelReference.Candidate

    private static func described(_ reference: ModelReference) -> [String] {
        reference.candidates.map { candidate in
            switch candidate.choice {
            case .served: "\(candidate.name.text)"
            case .alias(let alias): "\(candidate.name.text) alias \(alias)"
            case .version(let number): "\(candidate.name.text) version \(number)"
            }
        }
    }

    @Test(
        "A text is read as name, alias and version in the order that is tried",
        arguments: [
            ("churn", ["churn"]), ("churn@champion", ["churn@champion", "churn alias champion"]),
            ("churn/3", ["churn version 3"]), ("a@b@c", ["a@b@c", "a@b alias c"]), ("churn/abc", ["churn/abc"]),
            ("churn/0", ["churn/0"]), ("churn/03", ["churn/03"]), ("@x", ["@x"]), ("x@", ["x@"]), ("/3", ["/3"]),
            ("me@home/2", ["me@home version 2"]),
        ])
    func readings(_ text: String, _ expected: [String]) {
        #expect(Self.described(ModelReference(name: text)) == expected)
    }

    @Test("With a field the whole text is the name")
    func fields() {
        #expect(Self.described(ModelReference(name: "a@b", choice: .version(2))) == ["a@b version 2"])
        #expect(Self.described(ModelReference(name: "a/3", choice: .alias("x"))) == ["a/3 alias x"])
    }
}
