/// One knob: its name in the environment, its flag, and how its text becomes a value.
package struct Setting<Value: Sendable>: Sendable {
    package let description: SettingDescription
    /// Nil: the text is not allowed.
    let parse: @Sendable (String) -> Value?

    package init(
        _ name: String, flag: String? = nil, type: String, default fallback: String, range: String = "",
        secret: Bool = false, summary: String, parse: @Sendable @escaping (String) -> Value?
    ) {
        description = SettingDescription(
            name: name, flag: flag, type: type, fallback: fallback, range: range, isSecret: secret, summary: summary)
        self.parse = parse
    }
}

/// What the docs, `palantir serve --help` and error messages say of a knob.
package struct SettingDescription: Sendable {
    /// As in the environment and in the `.env` file.
    package let name: String
    /// Without dashes; nil for secrets, which a command line would show to everyone on the machine.
    package let flag: String?
    package let type: String
    package let fallback: String
    package let range: String
    package let isSecret: Bool
    package let summary: String

    var expected: String { range.isEmpty ? type : "\(type), \(range)" }
}

extension Setting where Value == Int {
    static func integer(
        _ name: String, flag: String, default fallback: Int, in range: ClosedRange<Int>, summary: String
    ) -> Setting<Int> {
        Setting(
            name, flag: flag, type: "integer", default: String(fallback),
            range: "\(range.lowerBound) to \(range.upperBound)", summary: summary
        ) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension Setting where Value == Duration {
    static func milliseconds(
        _ name: String, flag: String, default fallback: Int, in range: ClosedRange<Int>, summary: String
    ) -> Setting<Duration> {
        Setting(
            name, flag: flag, type: "milliseconds", default: String(fallback),
            range: "\(range.lowerBound) to \(range.upperBound)", summary: summary
        ) { text in
            Int(text).flatMap { range.contains($0) ? .milliseconds($0) : nil }
        }
    }
}

extension Setting where Value == Bool {
    static func flag(_ name: String, flag: String, default fallback: Bool, summary: String) -> Setting<Bool> {
        Setting(name, flag: flag, type: "boolean", default: "\(fallback)", range: "true or false", summary: summary) {
            Bool($0)
        }
    }
}

extension Setting where Value == [String] {
    static func list(_ name: String, flag: String, default fallback: String, summary: String) -> Setting<[String]> {
        Setting(name, flag: flag, type: "list", default: fallback, range: "separated by commas", summary: summary) {
            let parts = $0.split(separator: ",", omittingEmptySubsequences: false).map { String($0.trimmingSpaces) }
            return parts.isEmpty || parts.contains("") ? nil : parts
        }
    }
}

extension StringProtocol {
    package var trimmingSpaces: SubSequence {
        var slice = self[...]
        while slice.first?.isWhitespace == true { slice.removeFirst() }
        while slice.last?.isWhitespace == true { slice.removeLast() }
        return slice
    }
}
