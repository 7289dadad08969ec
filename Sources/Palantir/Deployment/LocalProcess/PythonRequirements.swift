import Foundation

/// What a model's `requirements.txt` asks for, in one form whatever its order, comments and blanks, so that models that
/// ask for the same share an environment.
struct PythonRequirements: Hashable, Sendable {
    /// A line each: options in their order, then packages by name.
    private let lines: [String]
    /// What `-c` files allow, which packages that nobody names are held to as well.
    private let constraintLines: [String]

    /// What serves a model, where the model's own requirements leave it out: it is known to run with these.
    private static let needed = [
        (names: ["mlflow", "mlflow-skinny"], line: "mlflow-skinny<4"), (names: ["pandas"], line: "pandas<3"),
        (names: ["uvicorn"], line: "uvicorn<1"),
    ]
    /// Where packages come from; all else is refused, such as `-e`, which would run code that was not built yet.
    private static let options: Set = [
        "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--pre", "--prefer-binary", "--trusted-host",
    ]
    private static let deepest = 5

    /// - Parameter file: the text of another file beside it, which `-r` and `-c` name.
    /// - Throws: `MODEL_NOT_READY` for a line that cannot be followed.
    init(_ text: String, file: (String) -> String?) throws(PalantirError) {
        var options: [String] = []
        var packages: Set<String> = []
        var constraints: Set<String> = []
        try Self.read(text, file, depth: 0) { line, isConstraint in
            if isConstraint {
                constraints.insert(Self.normalised(line))
            } else if line.hasPrefix("-") {
                options.append(line)
            } else {
                packages.insert(Self.normalised(line))
            }
        }
        let names = Set(packages.map(Self.name))
        for needed in Self.needed where names.isDisjoint(with: needed.names) { packages.insert(needed.line) }
        lines = options + packages.sorted()
        constraintLines = constraints.sorted()
    }

    var text: String { lines.map { $0 + "\n" }.joined() }

    /// Nil if there are none.
    var constraints: String? {
        constraintLines.isEmpty ? nil : constraintLines.map { $0 + "\n" }.joined()
    }

    /// - Parameter python: its version and place.
    /// - Returns: all that an environment is made of.
    func identity(python: String) -> String {
        "\(python)\n\(text)---\n\(constraints ?? "")"
    }

    // MARK: - Reading

    private static func read(
        _ text: String, _ file: (String) -> String?, depth: Int, isConstraint: Bool = false,
        _ take: (_ line: String, _ isConstraint: Bool) -> Void
    ) throws(PalantirError) {
        guard depth <= deepest else { throw .notStarted("its requirements.txt names itself") }
        for line in logicalLines(text) {
            guard line.hasPrefix("-") else {
                take(line, isConstraint)
                continue
            }
            let (option, value) = parts(line)
            switch option {
            case "-r", "--requirement", "-c", "--constraint":
                guard !value.hasPrefix("/"), !value.split(separator: "/").contains(".."), let other = file(value) else {
                    throw .notStarted(
                        "its requirements.txt names \(value.debugDescription), which its artifacts do not hold")
                }
                let constrains = isConstraint || option.hasPrefix("-c") || option.hasPrefix("--c")
                try read(other, file, depth: depth + 1, isConstraint: constrains, take)
            case _ where options.contains(option): take(value.isEmpty ? option : "\(option) \(value)", false)
            default:
                throw .notStarted("its requirements.txt has the option \(option), which the hub does not follow")
            }
        }
    }

    /// Without comments and blanks; a line that ends in a backslash goes on in the next.
    private static func logicalLines(_ text: String) -> [String] {
        text.replacing("\r\n", with: "\n").replacing("\\\n", with: " ").split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace).prefix { !$0.hasPrefix("#") }
            return words.isEmpty ? nil : words.joined(separator: " ")
        }
    }

    /// `--index-url=x`, `--index-url x`, `-i x` and `-ix`.
    private static func parts(_ line: String) -> (option: String, value: String) {
        if line.hasPrefix("--") {
            let end = line.firstIndex { $0 == "=" || $0 == " " } ?? line.endIndex
            return (String(line[..<end]), String(line[end...].dropFirst().trimmingSpaces))
        }
        return (String(line.prefix(2)), String(line.dropFirst(2).trimmingSpaces))
    }

    /// The package's name as PyPI compares names; the rest as it is.
    private static func normalised(_ line: String) -> String {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return Self.name(String(name)) + line.dropFirst(name.count)
    }

    private static func name(_ line: String) -> String {
        let name = line.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return name.lowercased().split(omittingEmptySubsequences: false) { "-_.".contains($0) }
            .filter { !$0.isEmpty }.joined(separator: "-")
    }
}
