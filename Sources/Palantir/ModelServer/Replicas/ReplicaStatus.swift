/// How a replica of a model stands now, as people are shown it.
package struct ReplicaStatus: Hashable, Sendable {
    package let uri: ModelURI
    package let state: State
    package let failuresInARow: Int
    package let callsUnderWay: Int
    /// How long it is not asked; nil if it is, or is tried by the next call.
    package let pause: Duration?

    package enum State: String, CaseIterable, Sendable {
        /// Nobody has asked it yet.
        case untried
        case healthy
        /// It failed, and is not asked, or only to find out whether it answers again.
        case suspended
    }

    /// One that nobody has asked.
    init(untried uri: ModelURI) {
        self.uri = uri
        state = .untried
        (failuresInARow, callsUnderWay, pause) = (0, 0, nil)
    }

    init(_ uri: ModelURI, breaker: CircuitBreaker, callsUnderWay: Int, at now: ContinuousClock.Instant) {
        self.uri = uri
        self.callsUnderWay = callsUnderWay
        failuresInARow = breaker.failuresInARow
        let position = breaker.state(at: now)
        state = position == .closed ? .healthy : .suspended
        if case .open(let until) = position { pause = now.duration(to: until) } else { pause = nil }
    }
}
