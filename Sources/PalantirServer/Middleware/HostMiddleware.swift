import Hummingbird

/// Refuses requests whose `Host` is not ours.
struct HostMiddleware: RouterMiddleware {
    let hosts: HostNames

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        try hosts.check(request.head.authority)
        return try await next(request, context)
    }
}
