import Foundation

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

    /// How a call ended.
    package enum Ending: Hashable, Sendable {
        case answered
        /// An error of the model's own, for which a row may be to blame.
        case erred
        /// Refused, broken off, or unavailable by its own words.
        case failed
        /// Not a byte of an answer had come when its time was over, or when its callers left.
        case silent
    }

    private struct Replica {
        var breaker: CircuitBreaker
        var latency: PeakLatency
        var underWay = 0
        /// How many calls went to others since it was last asked.
        var passedOver = 0
        /// When the last call ended, or when one began while there was none: since when there is a call under way, about.
        var busySince: ContinuousClock.Instant

        func cost(at now: ContinuousClock.Instant) -> Double {
            // One that hangs shows in no latency until it is given up.
            let waiting = underWay > 0 ? busySince.duration(to: now) / .seconds(1) : 0
            let least = breaker.failuresInARow > 1 ? Self.leastOfFailing : Self.leastLatency
            return max(latency.estimate(at: now), waiting, least) * Double(underWay + 1) * distrust(at: now)
        }

        /// Whether a copy of a call is to tell how it is: its time is up; or it is distrusted, or was slow once, and so no
        /// call would find out that it is well again, or hangs by now.
        ///
        /// - Parameter many: how many calls in a row pass over none by chance.
        func wantsProbe(afterPassingOver many: Int, at now: ContinuousClock.Instant) -> Bool {
            switch breaker.state(at: now) {
            case .due: true
            case .open, .probing: false
            case .closed:
                (breaker.failuresInARow > 1 || passedOver >= many) && underWay == 0
                    && busySince.duration(to: now) >= Self.pauseOfAvoided
            }
        }

        private static let pauseOfAvoided = Duration.seconds(1)
        /// In seconds; one that was never asked is tried before all that are slower.
        private static let leastLatency = 0.000_1
        /// What most models take: one that failed from the start was never measured.
        private static let leastOfFailing = 0.01
        private static let forgetting = Duration.seconds(10)

        /// One that fails is quick, and must not be preferred for it: from the second failure in a row on it counts four
        /// times as slow for each, less and less as time passes. One failure may be a row's fault.
        private func distrust(at now: ContinuousClock.Instant) -> Double {
            guard breaker.failuresInARow > 1 else { return 1 }
            let failures = min(breaker.failuresInARow - 1, CircuitBreaker.failuresToOpen)
            return max(pow(4, Double(failures)) * exp(-(busySince.duration(to: now) / Self.forgetting)), 1)
        }
    }

    private var replicas: [Replica]
    private let patience: Duration

    /// - Parameters:
    ///   - count: how many there are, at least one.
    ///   - patience: the least silence that speaks against a replica in any case; a caller in a hurry blames nobody.
    ///   - origin: the replica's address.
    package init(count: Int, patience: Duration = .seconds(1), from origin: ContinuousClock.Instant) {
        self.patience = patience
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

    /// For each replica: that as many calls pass over one of equal ones by chance happens once in e to the 20th.
    private static let many = 20

    /// What a probe may take, as far as a caller is told.
    private static let probeTime = Duration.seconds(1)

    /// Chooses for a call, which begins.
    ///
    /// - Parameters:
    ///   - tried: the replica that failed before, left out if there is another.
    ///   - now: the present.
    ///   - random: chooses among those that are as good.
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
        let chosen = cheaper(of: candidates, at: now, &random)
        let probed = replicas.indices.first {
            $0 != chosen && replicas[$0].wantsProbe(afterPassingOver: Self.many * replicas.count, at: now)
        }
        for index in replicas.indices { replicas[index].passedOver += 1 }
        if let probed {
            if replicas[probed].breaker.state(at: now) == .due { replicas[probed].breaker.beginProbe() }
            begin(probed, at: now)
        }
        begin(chosen, at: now)
        return .replica(chosen, probed: probed)
    }

    /// A call has ended.
    ///
    /// - Returns: whether the replica is left out from now on.
    @discardableResult
    package mutating func finish(
        _ index: Int, _ ending: Ending, after latency: Duration, jitter: Double = 1, at now: ContinuousClock.Instant
    ) -> Bool {
        let before = replicas[index].breaker.state(at: now)
        let verdict = verdict(on: ending, after: latency, isProbe: before == .probing, at: now)
        replicas[index].underWay -= 1
        replicas[index].busySince = now
        if verdict == .well, before != .closed { replicas[index].latency = PeakLatency(from: now) }
        if ending != .failed, verdict != .nothing { replicas[index].latency.note(latency, at: now) }
        replicas[index].breaker.note(verdict, mayOpen: mayEject(index, at: now), jitter: jitter, at: now)
        guard case .open = replicas[index].breaker.state(at: now) else { return false }
        if case .open = before { return false }
        return true
    }

    private func verdict(
        on ending: Ending, after latency: Duration, isProbe: Bool, at now: ContinuousClock.Instant
    ) -> CircuitBreaker.Verdict {
        switch ending {
        case .answered: .well
        // If rows are to blame, the others err as well, and half of them are asked on.
        case .erred: replicas.count > 1 ? .failed(1) : .well
        case .failed: .failed(1)
        case .silent where replicas.count > 1:
            // Each call that hangs costs its callers all their time; with others at hand one is enough.
            isProbe || isHanging(latency, at: now) ? .failed(CircuitBreaker.failuresToOpen) : .nothing
        case .silent: latency >= patience ? .failed(1) : .nothing
        }
    }

    /// Whether silence for so long is not just slow, by what the quickest of them takes.
    private func isHanging(_ silence: Duration, at now: ContinuousClock.Instant) -> Bool {
        let usual = replicas.map { $0.latency.estimate(at: now) }.filter { $0 > 0 }.min()
        return silence >= patience
            || silence >= Self.leastSilence && usual.map { silence / .seconds(1) >= $0 * Self.hangingFactor } ?? false
    }

    private static let leastSilence = Duration.milliseconds(100)
    private static let hangingFactor = 10.0

    /// How one of them stands.
    func status(of index: Int, _ uri: ModelURI, at now: ContinuousClock.Instant) -> ReplicaStatus {
        let replica = replicas[index]
        return ReplicaStatus(uri, breaker: replica.breaker, callsUnderWay: replica.underWay, at: now)
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
        replicas[index].passedOver = 0
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
