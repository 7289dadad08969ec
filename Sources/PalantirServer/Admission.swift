import Palantir
import Synchronization

/// Bounds the predictions that are worked on at once: beyond the bound a clear refusal now is worth more than an answer
/// too late.
final class Admission: Sendable {
    private let metrics: HubMetrics
    private let inFlight = Atomic<Int>(0)

    init(metrics: HubMetrics) {
        self.metrics = metrics
    }

    /// - Throws: `OVERLOADED` beyond the limit, at once; else what `body` throws.
    func admit<Value>(
        upTo limit: Int, _ body: () async throws(PalantirError) -> Value
    ) async throws(PalantirError) -> Value {
        let admitted = inFlight.wrappingAdd(1, ordering: .relaxed).newValue
        defer { metrics.admitted(inFlight: inFlight.wrappingSubtract(1, ordering: .relaxed).newValue) }
        guard admitted <= limit else {
            throw PalantirError(.overloaded, "The hub works on as many predictions as it may; try again shortly.")
        }
        metrics.admitted(inFlight: admitted)
        return try await body()
    }
}
