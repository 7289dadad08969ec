import Foundation

/// How long a replica takes, pessimistically: a slower answer counts at once, faster ones bring it down only as time
/// passes. This is Finagle's peak EWMA.
struct PeakLatency: Sendable {
    /// In which the weight of an old answer falls to 1/e; Finagle's default.
    private static let decay = Duration.seconds(10)

    private var seconds = 0.0
    private var since: ContinuousClock.Instant

    init(from origin: ContinuousClock.Instant) {
        since = origin
    }

    mutating func note(_ latency: Duration, at now: ContinuousClock.Instant) {
        let sample = latency / .seconds(1)
        let weight = weight(at: now)
        seconds = sample > seconds ? sample : seconds * weight + sample * (1 - weight)
        since = now
    }

    func estimate(at now: ContinuousClock.Instant) -> Double {
        seconds * weight(at: now)
    }

    private func weight(at now: ContinuousClock.Instant) -> Double {
        exp(-max(since.duration(to: now) / Self.decay, 0))
    }
}
