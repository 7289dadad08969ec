import Hummingbird
import Palantir

/// Decides who may come to a route, on the route that the router chose and not on the path's text: whatever spelling led
/// there, it is the same route.
struct RouteAuthorization: Sendable {
    private let authentication: CallerAuthentication
    private let limits: Reloadable<RequestLimits>
    /// By the path as the router has it.
    private let routes: [String: RouteAccess]

    init(hub: Hub, routes: [HubRoute]) {
        authentication = hub.authentication
        limits = hub.limits
        // What answers predictions is no route of the router; that it takes no other method is.
        let predictions = PredictionRoute.allCases.map { ($0.rawValue, RouteAccess.scope(.predict)) }
        self.routes = Dictionary(
            routes.map { ($0.path, $0.access) } + predictions, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter route: nil if there is none for the request.
    /// - Returns: nobody where nobody is asked.
    /// - Throws: `HOST_NOT_ALLOWED`, `UNAUTHENTICATED`.
    func caller(of request: Request, at route: String?) async throws(PalantirError) -> Principal {
        let limits = limits.current
        try limits.hosts.check(request.head.authority)
        guard let route, routes[route] != .open else { return .nobody }
        return try await authentication.principal(
            authorization: request.headers[.authorization], apiKey: request.headers[.apiKey],
            keys: authentication.keys.current, by: .after(limits.timeout))
    }

    /// - Throws: `PERMISSION_DENIED`, also for a route that nobody has decided about; `RATE_LIMITED`.
    func permit(_ caller: Principal, at route: String?) throws(PalantirError) {
        // That there is no such route may be told to anybody.
        guard let route else { return }
        switch routes[route] {
        case .open: return
        case .caller: break
        case .scope(let scope): try caller.require(scope)
        case nil: throw PalantirError(.permissionDenied, "Nobody may use this route.")
        }
        try caller.quota?.takeRequest()
    }
}
