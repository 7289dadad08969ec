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
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        self.text = text
        self.isSecure = scheme == "https"
        self.host = host.filter { $0 != "[" && $0 != "]" }
        port = parts.port ?? (isSecure ? 443 : 80)
        let path = parts.percentEncodedPath
        target = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// As a `Host` header has it.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
}
