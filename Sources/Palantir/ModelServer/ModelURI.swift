import Foundation

/// The address of a model's HTTP API: http or https, a host, no user info.
package struct ModelURI: Hashable, Sendable {
    package let text: String

    /// - Returns: nil for any other text. A fragment is refused too, since it would never be sent.
    package init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.fragment == nil,
            parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        self.text = text
    }
}
