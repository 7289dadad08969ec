import Synchronization

/// How much one caller may ask: requests and entities a second, each nil for no limit.
package struct CallerRate: Hashable, Sendable {
    package let requests: Int?
    package let entities: Int?

    package static let unlimited = CallerRate(requests: nil, entities: nil)

    package init(requests: Int?, entities: Int?) {
        self.requests = requests
        self.entities = entities
    }
}

/// What one caller has used of its rate. The lock is the caller's own.
package final class CallerQuota: Sendable {
    package let rate: CallerRate
    private let buckets: Mutex<(requests: TokenBucket?, entities: TokenBucket?)>

    /// What the headers `ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` say, of the tighter of the two
    /// buckets (draft-ietf-httpapi-ratelimit-headers-06).
    package struct State: Hashable, Sendable {
        package let limit: Int
        package let remaining: Int
        /// Seconds until everything is there again.
        package let reset: Int
    }

    /// - Returns: nil if nothing is limited.
    package init?(_ rate: CallerRate) {
        guard rate != .unlimited else { return nil }
        self.rate = rate
        let now = ContinuousClock.now
        buckets = Mutex(
            (
                rate.requests.map { TokenBucket(rate: Double($0), at: now) },
                rate.entities.map { TokenBucket(rate: Double($0), at: now) }
            ))
    }

    /// - Throws: `RATE_LIMITED`.
    package func takeRequest() throws(PalantirError) {
        let now = ContinuousClock.now
        let wait = buckets.withLock { $0.requests?.take(1, at: now) }
        if let wait { throw .rateLimited("requests", of: rate.requests, after: wait) }
    }

    /// Refuses who has no entity left, before anybody reads for how many he asks: no request is for less than one.
    ///
    /// - Throws: `RATE_LIMITED`.
    package func requireEntity() throws(PalantirError) {
        let now = ContinuousClock.now
        let wait = buckets.withLock { $0.entities?.wait(for: 1, at: now) }
        if let wait { throw .rateLimited("entities", of: rate.entities, after: wait) }
    }

    /// - Throws: `RATE_LIMITED`.
    package func take(entities: Int) throws(PalantirError) {
        let now = ContinuousClock.now
        let wait = buckets.withLock { $0.entities?.take(Double(entities), at: now) }
        if let wait { throw .rateLimited("entities", of: rate.entities, after: wait) }
    }

    package var state: State {
        let now = ContinuousClock.now
        let (requests, entities) = buckets.withLock { ($0.requests, $0.entities) }
        let states = [requests, entities].compactMap { bucket in
            bucket.map { bucket in
                let (remaining, full) = bucket.state(at: now)
                return State(
                    limit: Int(bucket.capacity), remaining: remaining, reset: Int((full / .seconds(1)).rounded(.up)))
            }
        }
        // Never empty: without a limit there is no quota.
        return states.min { $0.share < $1.share } ?? State(limit: 0, remaining: 0, reset: 0)
    }
}

extension CallerQuota.State {
    fileprivate var share: Double { Double(remaining) / Double(max(limit, 1)) }
}

extension PalantirError {
    fileprivate static func rateLimited(_ what: String, of rate: Int?, after wait: Duration) -> PalantirError {
        PalantirError(
            .rateLimited, "This caller may ask for \(rate ?? 0) \(what) a second and has; try again later.",
            retryAfter: Int((wait / .seconds(1)).rounded(.up)))
    }
}
