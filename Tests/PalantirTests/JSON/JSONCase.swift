import NIOCore
import Testing

/// One text, and what RFC 8259 says of it. The tables are in `Cases/`, by the RFC's sections; they are our own.
struct JSONCase: Sendable, CustomTestStringConvertible {
    /// The section of RFC 8259, and what it is about.
    let rule: String
    /// As in the table: `<C3 A9>` stands for these bytes.
    let written: String
    let verdict: Verdict
    /// Foundation is no judge of this one; the table says why.
    let isBeyondFoundation: Bool

    enum Verdict: Sendable {
        case accepted
        case refused
        /// A valid text that nobody can be sure to understand: a key that stands twice, or half of a surrogate pair in a
        /// key. What a model answers may hold it, since those bytes are only copied; a request may not.
        case acceptedOfModels
    }

    var testDescription: String { "\(rule): \(written)" }

    var bytes: [UInt8] { Self.bytes(written) }

    static let all =
        whiteSpace + literals + integers + fractions + exponents + plainStrings + controlCharacters + escapes
        + surrogates + validUTF8 + invalidUTF8 + objects + arrays + keys + texts

    static func table(_ rule: String, _ verdict: Verdict, _ written: [String]) -> [JSONCase] {
        written.map { JSONCase(rule: rule, written: $0, verdict: verdict, isBeyondFoundation: false) }
    }

    static func tableBeyondFoundation(_ rule: String, _ verdict: Verdict, _ written: [String]) -> [JSONCase] {
        written.map { JSONCase(rule: rule, written: $0, verdict: verdict, isBeyondFoundation: true) }
    }

    private static func bytes(_ written: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = written[...]
        while let start = rest.firstIndex(of: "<") {
            let end = rest[start...].firstIndex(of: ">") ?? rest.endIndex
            let digits = rest[rest.index(after: start)..<end].split(separator: " ").map { UInt8($0, radix: 16) }
            guard end < rest.endIndex, !digits.isEmpty, !digits.contains(nil) else {
                bytes += Array(rest[...start].utf8)
                rest = rest[rest.index(after: start)...]
                continue
            }
            bytes += Array(rest[..<start].utf8) + digits.compactMap(\.self)
            rest = rest[rest.index(after: end)...]
        }
        return bytes + Array(rest.utf8)
    }
}
