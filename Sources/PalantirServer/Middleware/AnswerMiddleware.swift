import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Palantir

/// Around every route: gives each request its id, lets in who may come, turns errors into answers, counts and logs.
struct AnswerMiddleware: RouterMiddleware {
    let hub: Hub
    let authorization: RouteAuthorization

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = RequestID(request.headers[.requestID], or: hub.requestIDs).text
        var response: Response
        var code: PalantirError.Code?
        do {
            context.caller = try await authorization.caller(of: request, at: context.endpointPath)
            try authorization.permit(context.caller, at: context.endpointPath)
            response = try await next(request, context)
        } catch {
            let told = try Self.palantirError(error)
            code = told.code
            hub.metrics.failed(told.code)
            ErrorLog(logger: hub.logger).log(told, requestID: context.requestID)
            response = ErrorAnswer(told, requestID: context.requestID).response(asProblem: request.acceptsProblem)
            if let refused = error as? MethodNotAllowed { response.headers[.allow] = refused.allow }
        }
        // A client waits for no body after HEAD, and would take it for the next answer.
        if request.method == .head { response = response.createHeadResponse() }
        response.headers[.requestID] = context.requestID
        for (name, value) in context.caller.quota?.state.headers ?? [] { response.headers[name] = value }
        let duration = start.duration(to: .now)
        hub.metrics.answered(
            route: context.endpointPath ?? "none", status: response.status.code, after: duration)
        if let audit = hub.audit, let action = AuditAction.of(route: context.endpointPath) {
            audit.record(
                AuditEntry(
                    requestID: context.requestID, caller: context.caller.name, action: action,
                    subject: context.auditSubject, status: response.status.code, code: code, duration: duration))
        }
        hub.logger.debug(
            "Request answered",
            metadata: [
                "request_id": "\(context.requestID)", "method": "\(request.method)",
                "route": "\(context.endpointPath ?? "none")", "status": "\(response.status.code)",
                "milliseconds": "\(duration / .milliseconds(1))",
            ])
        return response
    }

    /// - Throws: the error itself when no answer can be sent any more.
    private static func palantirError(_ error: any Error) throws -> PalantirError {
        switch error {
        case let error as PalantirError: return error
        case let error as MethodNotAllowed: return error.answer
        // The connection's own handler answers these.
        case is HTTPParserError: throw error
        case let error as HTTPError where error.status == .notFound:
            return PalantirError(.routeNotFound, "There is no such route; see /models and /predict.")
        case let error as any HTTPResponseError:
            return PalantirError(.invalidRequest, "The request cannot be handled.", cause: "\(error)")
        default: throw error
        }
    }
}
