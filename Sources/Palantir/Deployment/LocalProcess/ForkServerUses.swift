/// Which Python environments need their fork server, as a pure value: one for each that a replica needs, and for a while
/// longer, since a model that left may be asked for again.
struct ForkServerUses: Sendable {
    private struct Use {
        var count: Int
        var unusedSince: ContinuousClock.Instant?
    }

    private var uses: [PythonEnvironment: Use] = [:]

    /// A replica is about to need one.
    mutating func acquire(_ environment: PythonEnvironment) {
        uses[environment] = Use(count: (uses[environment]?.count ?? 0) + 1, unusedSince: nil)
    }

    /// A replica needs it no more.
    mutating func release(_ environment: PythonEnvironment, at now: ContinuousClock.Instant) {
        guard var use = uses[environment] else { return }
        use.count = max(use.count - 1, 0)
        if use.count == 0 { use.unusedSince = now }
        uses[environment] = use
    }

    /// Those that nobody needed for so long; they are no more.
    mutating func expire(_ idle: Duration, at now: ContinuousClock.Instant) -> [PythonEnvironment] {
        let expired = uses.filter { $0.value.unusedSince.map { $0.duration(to: now) >= idle } ?? false }.map(\.key)
        for environment in expired { uses[environment] = nil }
        return expired
    }
}
