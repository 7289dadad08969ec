import Hummingbird
import Palantir

/// Refuses requests whose `Host` is not ours: a web page could otherwise reach a hub on loopback under a name that its
/// author made point there (DNS rebinding).
struct HostMiddleware: RouterMiddleware {
    /// Names without port, as allowed; nil for any.
    let hosts: [String]?

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        if let hosts, !Self.isAllowed(request.head.authority ?? "", hosts) {
            throw PalantirError(
                .hostNotAllowed, "The Host header names a host that is not this hub's; PALANTIR_HOSTS says which are.")
        }
        return try await next(request, context)
    }

    private static func isAllowed(_ authority: String, _ hosts: [String]) -> Bool {
        let name: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            name = authority[...end]
        } else {
            name = authority.prefix { $0 != ":" }
        }
        return hosts.contains { $0.lowercased() == name.lowercased() }
    }
}
