/// How many calls may be tried again: a fifth of the recent ones, so that a model that fails is not asked twice as much
/// just when it can least bear it; and three a second in any case, so that a model that is seldom asked is retried too.
///
/// The shape and the figures are those of Finagle's and Linkerd's retry budgets.
package struct RetryBudget: Sendable {
    private static let ratio = 0.2
    private static let minimumPerSecond = 3

    /// All calls, and among them those that were repeated.
    private var counts: RecentCounts

    package init(from origin: ContinuousClock.Instant) {
        counts = RecentCounts(from: origin)
    }

    package mutating func noteCall(at now: ContinuousClock.Instant) {
        counts.add(all: 1, at: now)
    }

    /// - Returns: whether a call may be repeated; it is counted then.
    package mutating func takeRetry(at now: ContinuousClock.Instant) -> Bool {
        let sums = counts.sums(at: now)
        let allowed = Double(sums.all) * Self.ratio
        // Where a fifth is more than that, the three a second are not on top of it.
        let isSeldomAsked = allowed < Double(Self.minimumPerSecond * RecentCounts.span)
        guard
            Double(sums.marked + 1) <= allowed
                || isSeldomAsked && counts.markedThisSecond(at: now) < Self.minimumPerSecond
        else { return false }
        counts.add(marked: 1, at: now)
        return true
    }
}
