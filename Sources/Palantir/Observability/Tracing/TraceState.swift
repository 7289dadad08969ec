/// The header `tracestate` of the W3C's Trace Context: pairs of a name and what it says. Palantir adds none; it passes on
/// what is right.
enum TraceState {
    /// What the recommendation wants everybody to pass on.
    private static let longest = 512
    private static let mostMembers = 32
    private static let longestPart = 256

    /// - Returns: the headers' values as one; nil if they say nothing, too much, or something that is not allowed.
    static func checked(_ values: [String]) -> String? {
        let members = values.flatMap { $0.split(separator: ",") }.map(trimmed).filter { !$0.isEmpty }
        guard !members.isEmpty, members.count <= mostMembers else { return nil }
        var names: Set<Substring> = []
        for member in members {
            guard let end = member.firstIndex(of: "="), isName(member[..<end]),
                isValue(member[member.index(after: end)...]), names.insert(member[..<end]).inserted
            else { return nil }
        }
        let text = members.joined(separator: ",")
        return text.utf8.count <= longest ? text : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= longestPart else { return false }
        let marks = "_-*/@".utf8
        return isLetterOrDigit(first) && text.utf8.allSatisfy { isLetterOrDigit($0) || marks.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Neither a comma nor an equals sign; the blank at its end is trimmed already.
    private static func isValue(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= longestPart
            && text.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: "=") }
    }
}
