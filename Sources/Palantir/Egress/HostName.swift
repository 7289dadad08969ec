/// A host's name as the domain name system has it: letters, digits, `-`, `_` and dots. Whatever a resolver might read as a
/// number is none, since each reads numbers in its own way.
package struct HostName: Hashable, Sendable {
    /// In small letters.
    package let text: String

    package init?(_ text: String) {
        let name = text.lowercased()
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard name.utf8.count <= 253, labels.allSatisfy({ Self.isLabel($0.utf8) }),
            let last = labels.last?.utf8, !Self.isNumber(last)
        else { return nil }
        self.text = name
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        (1...63).contains(label.count)
            && label.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    /// `127.1`, `2852039166`, `0251.0376.0251.0376` and `0xa9fea9fe` are addresses to `getaddrinfo`: it takes what ends in
    /// a number for one, as the URL standard does.
    private static func isNumber(_ label: Substring.UTF8View) -> Bool {
        if label.allSatisfy(isDigit) { return true }
        let bytes = Array(label)
        return bytes.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
            && bytes.dropFirst(2).allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
