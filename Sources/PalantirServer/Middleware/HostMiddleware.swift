import Hummingbird
import Palantir

/// Refuses requests whose `Host` is not ours.
struct HostMiddleware: RouterMiddleware {
    let limits: Reloadable<RequestLimits>

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        try limits.current.hosts.check(request.head.authority)
        return try await next(request, context)
    }
}
