import Foundation

/// The address of an MLflow tracking server: http or https, a host, perhaps a path before `/api`.
package struct MLflowURI: Hashable, Sendable {
    /// Without user info, query and trailing slash.
    package let base: String
    /// User info that stood in the address, as MLflow's own client takes it.
    package let credentials: MLflowSettings.Credentials?

    package init?(_ text: String) {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            parts.query == nil, parts.fragment == nil
        else { return nil }
        credentials = parts.user.map { .basic(user: $0, password: parts.password ?? "") }
        parts.user = nil
        parts.password = nil
        guard var base = parts.string else { return nil }
        while base.hasSuffix("/") { base.removeLast() }
        // It is connected to as this type reads it.
        guard ModelURI(base) != nil else { return nil }
        self.base = base
    }

    package static func == (left: Self, right: Self) -> Bool { left.base == right.base }
    package func hash(into hasher: inout Hasher) { hasher.combine(base) }
}
