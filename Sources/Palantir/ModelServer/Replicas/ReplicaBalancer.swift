/// Which replica takes the next call: a pure value, events in, decisions out.
///
/// Of two replicas picked at random, the one with the lesser peak latency times calls under way is asked ("power of two
/// choices"). One that fails is left out; at most half of them at once, since a fault that all of them share is no
/// reason to send everything to one. A single one that fails suspends the model.
package struct ReplicaBalancer: Sendable {
    package enum Choice: Hashable, Sendable {
        /// Asked; `probed` gets a copy of the call, whose answer only tells whether it is back.
        case replica(Int, probed: Int?)
        /// The only replica failed, and until then it is not asked.
        case suspended(until: ContinuousClock.Instant)
    }

    private struct Replica {
        var breaker: CircuitBreaker
        var latency: PeakLatency
        var underWay = 0
        /// Since when there is a call under way, about.
        var busySince: ContinuousClock.Instant

        func cost(at now: ContinuousClock.Instant) -> Double {
            // One that hangs shows in no latency until it is given up.
            let waiting = underWay > 0 ? busySince.duration(to: now) / .seconds(1) : 0
            return max(latency.estimate(at: now), waiting) * Double(underWay + 1)
        }
    }

    private var replicas: [Replica]

    /// - Parameter count: how many there are, at least one.
    package init(count: Int, from origin: ContinuousClock.Instant) {
        let replica = Replica(
            breaker: CircuitBreaker(from: origin), latency: PeakLatency(from: origin), busySince: origin)
        replicas = Array(repeating: replica, count: count)
    }

    /// How long a model's only replica is not asked; nil if calls may be made.
    package func suspension(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard replicas.count == 1 else { return nil }
        return switch replicas[0].breaker.state(at: now) {
        case .closed, .due: nil
        case .open(let until): until
        case .probing: now.advanced(by: Self.probeTime)
        }
    }

    private static let failurePenalty = Duration.seconds(1)
    /// What a probe may take, as far as a caller is told.
    private static let probeTime = Duration.seconds(1)

    /// Chooses for a call, which begins.
    ///
    /// - Parameter tried: the replica that failed before, left out if there is another.
    package mutating func choose(
        avoiding tried: Int? = nil, at now: ContinuousClock.Instant, random: inout some RandomNumberGenerator
    ) -> Choice {
        if let until = suspension(at: now) { return .suspended(until: until) }
        guard replicas.count > 1 else {
            if replicas[0].breaker.state(at: now) == .due { replicas[0].breaker.beginProbe() }
            begin(0, at: now)
            return .replica(0, probed: nil)
        }
        let closed = replicas.indices.filter { replicas[$0].breaker.state(at: now) == .closed }
        let open = closed.filter { $0 != tried }
        let candidates = open.isEmpty ? closed : open
        let probed = replicas.indices.first { replicas[$0].breaker.state(at: now) == .due }
        if let probed {
            replicas[probed].breaker.beginProbe()
            begin(probed, at: now)
        }
        let chosen = cheaper(of: candidates, at: now, &random)
        begin(chosen, at: now)
        return .replica(chosen, probed: probed)
    }

    /// A call has ended.
    ///
    /// - Returns: whether the replica is left out from now on.
    @discardableResult
    package mutating func finish(
        _ index: Int, _ verdict: CircuitBreaker.Verdict, after latency: Duration, jitter: Double = 1,
        at now: ContinuousClock.Instant
    ) -> Bool {
        replicas[index].underWay -= 1
        replicas[index].busySince = now
        let before = replicas[index].breaker.state(at: now)
        if verdict == .answered, before != .closed { replicas[index].latency = PeakLatency(from: now) }
        switch verdict {
        case .answered, .hung: replicas[index].latency.note(latency, at: now)
        // One that refuses is quick, and would be preferred for it.
        case .failed: replicas[index].latency.note(max(latency, Self.failurePenalty), at: now)
        case .none: break
        }
        replicas[index].breaker.note(
            verdict,
            // Each hung call costs its callers all their time; with others at hand one is enough.
            hungCountsAs: replicas.count > 1 ? CircuitBreaker.failuresToOpen : 1,
            mayOpen: mayEject(index, at: now), jitter: jitter, at: now)
        guard case .open = replicas[index].breaker.state(at: now) else { return false }
        if case .open = before { return false }
        return true
    }

    /// How many replicas are not asked now.
    package func ejected(at now: ContinuousClock.Instant) -> Int {
        replicas.count { $0.breaker.state(at: now) != .closed }
    }

    private func mayEject(_ index: Int, at now: ContinuousClock.Instant) -> Bool {
        guard replicas.count > 1 else { return true }
        let others = replicas.indices.count { $0 != index && replicas[$0].breaker.state(at: now) != .closed }
        return others + 1 <= replicas.count / 2
    }

    private mutating func begin(_ index: Int, at now: ContinuousClock.Instant) {
        if replicas[index].underWay == 0 { replicas[index].busySince = now }
        replicas[index].underWay += 1
    }

    private func cheaper(
        of candidates: [Int], at now: ContinuousClock.Instant, _ random: inout some RandomNumberGenerator
    ) -> Int {
        guard candidates.count > 1 else { return candidates.first ?? 0 }
        let first = Int.random(in: 0..<candidates.count, using: &random)
        let second = (first + Int.random(in: 1..<candidates.count, using: &random)) % candidates.count
        let costs = (replicas[candidates[first]].cost(at: now), replicas[candidates[second]].cost(at: now))
        return candidates[costs.0 <= costs.1 ? first : second]
    }
}
