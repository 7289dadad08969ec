import Hummingbird
import Palantir
import Synchronization

/// Bounds the predictions that are worked on at once: beyond the bound a clear refusal now is worth more than an answer
/// too late.
final class AdmissionMiddleware: RouterMiddleware {
    private let limit: Int
    private let metrics: HubMetrics
    private let inFlight = Mutex(0)

    init(limit: Int, metrics: HubMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    func handle(
        _ request: Request, context: HubRequestContext,
        next: (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        let admitted = inFlight.withLock { count in
            guard count < limit else { return nil as Int? }
            count += 1
            return count
        }
        guard let admitted else {
            throw PalantirError(.overloaded, "The hub works on as many predictions as it may; try again shortly.")
        }
        metrics.admitted(inFlight: admitted)
        defer {
            metrics.admitted(
                inFlight: inFlight.withLock {
                    $0 -= 1; return $0
                })
        }
        return try await next(request, context)
    }
}
