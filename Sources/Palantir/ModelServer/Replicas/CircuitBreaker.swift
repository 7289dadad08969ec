/// Whether one replica may be asked, judged by how it answered: a pure value, events in, decisions out.
///
/// It opens after five failures in a row, or when less than 80 % of at least twenty calls in ten seconds succeeded; for
/// five seconds at first, twice as long each time, up to five minutes. Then one call tries whether it answers again.
package struct CircuitBreaker: Sendable {
    package enum State: Hashable, Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        /// It has been open for long enough; the next call is the probe.
        case due
        case probing
    }

    /// What a call says of the replica.
    package enum Verdict: Hashable, Sendable {
        case well
        /// Counts as so many failures in a row.
        case failed(Int)
        case nothing
    }

    package static let failuresToOpen = 5
    private static let leastSuccess = 0.8
    private static let leastCalls = 20
    private static let firstPause = Duration.seconds(5)
    private static let longestPause = Duration.seconds(300)

    private enum Position {
        case closed(since: ContinuousClock.Instant)
        case open(until: ContinuousClock.Instant)
        case probing
    }

    private var position: Position
    package private(set) var failuresInARow = 0
    /// All calls, and among them those that failed.
    private var counts: RecentCounts
    private var pause = Duration.zero

    package init(from origin: ContinuousClock.Instant) {
        position = .closed(since: origin)
        counts = RecentCounts(from: origin)
    }

    package func state(at now: ContinuousClock.Instant) -> State {
        switch position {
        case .closed: .closed
        case .open(let until): until <= now ? .due : .open(until: until)
        case .probing: .probing
        }
    }

    /// The next call is the probe; called when it is due.
    package mutating func beginProbe() {
        position = .probing
    }

    /// Takes a call's verdict.
    ///
    /// - Parameters:
    ///   - verdict: how the call ended.
    ///   - mayOpen: whether others are left to ask, or there is only this one.
    ///   - jitter: a factor around 1, so that hubs that saw the same do not all come back at the same moment.
    ///   - now: the present.
    package mutating func note(
        _ verdict: Verdict, mayOpen: Bool = true, jitter: Double = 1, at now: ContinuousClock.Instant
    ) {
        switch (position, verdict) {
        case (.closed, .well):
            failuresInARow = 0
            counts.add(all: 1, at: now)
        case (.closed(let since), .failed(let failures)):
            failuresInARow += failures
            counts.add(all: 1, marked: 1, at: now)
            if mayOpen, isBad(at: now) { open(closedFor: since.duration(to: now), jitter, at: now) }
        case (.probing, .well):
            position = .closed(since: now)
            failuresInARow = 0
            counts = RecentCounts(from: now)
        case (.probing, .failed): open(closedFor: .zero, jitter, at: now)
        // The probe said nothing: another is due.
        case (.probing, .nothing): position = .open(until: now)
        // What was asked before it opened tells nothing new.
        case (.closed, .nothing), (.open, _): break
        }
    }

    private func isBad(at now: ContinuousClock.Instant) -> Bool {
        if failuresInARow >= Self.failuresToOpen { return true }
        let sums = counts.sums(at: now)
        return sums.all >= Self.leastCalls && Double(sums.all - sums.marked) < Self.leastSuccess * Double(sums.all)
    }

    private mutating func open(closedFor time: Duration, _ jitter: Double, at now: ContinuousClock.Instant) {
        // One that was well for as long as it was out starts anew.
        pause = pause == .zero || time > pause ? Self.firstPause : min(pause * 2, Self.longestPause)
        position = .open(until: now.advanced(by: pause * jitter))
    }
}
