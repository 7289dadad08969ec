import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Palantir

/// Outermost: gives each request its id, turns errors into answers, counts and logs.
struct AnswerMiddleware: RouterMiddleware {
    let metrics: HubMetrics
    let logger: Logger

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.requestID(request)
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let error = try Self.palantirError(error)
            metrics.failed(error.code)
            ErrorLog(logger: logger).log(error, requestID: context.requestID)
            response = ErrorAnswer(error, requestID: context.requestID).response(asProblem: request.acceptsProblem)
        }
        response.headers[.requestID] = context.requestID
        let duration = start.duration(to: .now)
        metrics.answered(
            route: context.endpointPath ?? "none", status: response.status.code, after: duration)
        logger.debug(
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
        // The connection's own handler answers these.
        case is HTTPParserError: throw error
        case let error as HTTPError where error.status == .notFound:
            return PalantirError(.routeNotFound, "There is no such route; see /models and /predict.")
        case let error as any HTTPResponseError:
            return PalantirError(.invalidRequest, "The request cannot be handled.", cause: "\(error)")
        default: throw error
        }
    }

    /// The caller's id if it is short and of harmless characters: it is written into logs and headers.
    private static func requestID(_ request: Request) -> String {
        if let id = request.headers[.requestID], (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy(isHarmless)
        {
            return id
        }
        return String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}
