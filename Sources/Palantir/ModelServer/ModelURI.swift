/// The address of a model's HTTP API: http or https, a host, no user info.
///
/// It is parsed here once and by this alone: where two parsers read a text differently, one is checked and the other is
/// connected to. So what has several readings is refused: other spellings of addresses, escapes in the host, backslashes.
package struct ModelURI: Hashable, Sendable {
    /// As the tag has it.
    package let text: String
    package let isSecure: Bool
    /// A name in small letters or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Path and query, as they are sent.
    package let target: String
    /// The host, if it is an address.
    package let address: IPAddress?

    /// Why a text is no address of a model, as the end of a sentence that begins with "it".
    package struct Problem: Error, Hashable, Sendable {
        package let reason: String
    }

    /// - Returns: nil for any other text.
    package init?(_ text: String) {
        do throws(Problem) {
            try self.init(parsing: text)
        } catch {
            return nil
        }
    }

    package init(parsing text: String) throws(Problem) {
        let (isSecure, rest) = try Self.scheme(of: text)
        guard text.utf8.allSatisfy(Self.isAllowed) else {
            throw Problem(reason: "holds a character that an address has only percent-encoded")
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let (authority, target) = (rest[..<end], rest[end...])
        // A fragment would never be sent.
        guard !target.contains("#") else { throw Problem(reason: "has a fragment (#)") }
        guard !authority.contains("@") else { throw Problem(reason: "has user info (@)") }
        let (host, port) = try Self.split(authority)
        (self.host, address) = try Self.host(host)
        if let port {
            guard let number = Self.port(port) else { throw Problem(reason: "has a port that is not from 1 to 65535") }
            self.port = number
        } else {
            self.port = isSecure ? 443 : 80
        }
        self.text = text
        self.isSecure = isSecure
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// As a `Host` header has it.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// - Returns: nil for all but a decimal number from 1 to 65535 without sign and leading zero.
    static func port(_ text: String) -> Int? {
        guard text.utf8.first != UInt8(ascii: "0"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    private static func scheme(of text: String) throws(Problem) -> (isSecure: Bool, rest: Substring) {
        for (scheme, isSecure) in [("http://", false), ("https://", true)]
        where text.prefix(scheme.count).lowercased() == scheme {
            return (isSecure, text.dropFirst(scheme.count))
        }
        throw Problem(reason: "is not an address that begins with http:// or https://")
    }

    private static func split(_ authority: Substring) throws(Problem) -> (host: Substring, port: String?) {
        // The colons of an IPv6 address stand within its brackets.
        let end = authority.lastIndex(of: "]").map(authority.index(after:)) ?? authority.firstIndex(of: ":")
        guard let end, end != authority.endIndex else { return (authority, nil) }
        guard authority[end] == ":" else { throw Problem(reason: "has something behind the bracket of its address") }
        return (authority[..<end], String(authority[authority.index(after: end)...]))
    }

    private static func host(_ text: Substring) throws(Problem) -> (String, IPAddress?) {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = String(text.dropFirst().dropLast())
            if inner.contains(":"), let address = IPAddress(inner) { return (inner.lowercased(), address) }
            throw Problem(reason: "has no IPv6 address in its brackets (without a zone)")
        }
        if let address = IPAddress(String(text)), !text.contains(":") { return (String(text), address) }
        guard let name = HostName(String(text)) else {
            throw Problem(
                reason:
                    "has a host that is neither a name (letters, digits, - and dots within) nor an address as it is "
                    + "usually written (127.0.0.1, [::1])")
        }
        return (name.text, nil)
    }

    /// What RFC 3986 lets stand in an address, brackets only around a host.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#""<>\^`{|}"#.utf8.contains(byte)
    }
}
