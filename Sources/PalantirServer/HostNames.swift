import Palantir

/// The names that a `Host` header may carry: a web page could otherwise reach a hub on loopback under a name that its
/// author made point there (DNS rebinding).
package struct HostNames: Sendable {
    /// Without port, in lower case; nil for any.
    private let names: [String]?

    package init(_ names: [String]?) {
        self.names = names?.map { $0.lowercased() }
    }

    /// - Throws: `HOST_NOT_ALLOWED`.
    func check(_ authority: String?) throws(PalantirError) {
        guard let names else { return }
        let authority = authority ?? ""
        let name: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[...end]
        } else {
            name = authority.prefix { $0 != ":" }
        }
        guard names.contains(where: { $0 == name }) || names.contains(name.lowercased()) else {
            throw PalantirError(
                .hostNotAllowed, "The Host header names a host that is not this hub's; PALANTIR_HOSTS says which are.")
        }
    }
}
