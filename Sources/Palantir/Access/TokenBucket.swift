/// A token bucket, as a pure value: it fills at a rate up to a second's worth, and what a request costs is taken out.
///
/// A request that costs more than the bucket can ever hold passes when it is full and leaves a debt, which is paid off
/// before the next one passes: 10,000 entities in one body cost 10,000 tokens at every rate.
package struct TokenBucket: Hashable, Sendable {
    /// Tokens a second.
    package let rate: Double
    /// The most that can be saved up: a second's worth, and one request at least.
    package let capacity: Double
    private var tokens: Double
    private var filled: ContinuousClock.Instant

    package init(rate: Double, at now: ContinuousClock.Instant) {
        self.rate = rate
        capacity = max(rate, 1)
        tokens = capacity
        filled = now
    }

    /// Takes what a request costs, or nothing.
    ///
    /// - Returns: nil if it was there, else how long until it is.
    package mutating func take(_ cost: Double, at now: ContinuousClock.Instant) -> Duration? {
        if let wait = wait(for: cost, at: now) { return wait }
        tokens -= cost
        return nil
    }

    /// How long until there is what a request costs; nil if it is there.
    package mutating func wait(for cost: Double, at now: ContinuousClock.Instant) -> Duration? {
        fill(at: now)
        let needed = min(cost, capacity)
        // A rounding error is not worth a refusal.
        return tokens >= needed - 1e-9 ? nil : .seconds((needed - tokens) / rate)
    }

    /// Whole tokens that are left, and how long until the bucket is full.
    package func state(at now: ContinuousClock.Instant) -> (remaining: Int, full: Duration) {
        var bucket = self
        bucket.fill(at: now)
        return (Int(max(bucket.tokens, 0)), .seconds((capacity - bucket.tokens) / rate))
    }

    private mutating func fill(at now: ContinuousClock.Instant) {
        guard now > filled else { return }
        tokens = min(capacity, tokens + filled.duration(to: now) / .seconds(1) * rate)
        filled = now
    }
}
