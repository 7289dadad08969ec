import Foundation

/// The address of a model's HTTP API: http or https, a host, no user info.
package struct ModelURI: Hashable, Sendable {
    /// As the tag has it.
    package let text: String
    package let isSecure: Bool
    /// A name or an address; an IPv6 address without its brackets.
    package let host: String
    package let port: Int
    /// Path and query, as they are sent.
    package let target: String

    /// - Returns: nil for any other text. A fragment is refused too, since it would never be sent.
    package init?(_ text: String) {
        // Foundation turns other characters into percent escapes or into Punycode, which it then does not read itself.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        let name = host.filter { $0 != "[" && $0 != "]" }
        guard name.utf8.allSatisfy(Self.isOfHost) else { return nil }
        self.text = text
        self.isSecure = scheme == "https"
        self.host = name
        port = parts.port ?? (isSecure ? 443 : 80)
        let path = parts.percentEncodedPath
        target = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// Foundation gives a host with its percent escapes resolved: `a%0d%0ab` would end the `Host` header's line.
    private static func isOfHost(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// As a `Host` header has it.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
