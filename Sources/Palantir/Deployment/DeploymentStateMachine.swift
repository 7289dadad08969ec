/// One model's deployment as a pure value: events in, actions out. It knows no process, clock or socket.
///
/// A version serves until another is ready to take over. What fails is tried again, later each time; a version that
/// serves is not touched by the failure of the next.
package struct DeploymentStateMachine: Sendable {
    package enum Action: Hashable, Sendable {
        case prepare(DeploymentRun)
        case start(DeploymentRun)
        /// Requests go to this run from now on.
        case serve(DeploymentRun, DeployedAddress)
        /// No run takes requests any more.
        case withdraw(ExactText)
        /// Ends a run once the requests that it was given are answered.
        case drain(DeploymentRun)
        /// Comes back as ``retry(_:at:)`` after a while.
        case wait(DeploymentRun, Duration)
    }

    /// A version on its way to serving.
    private struct Candidate {
        let run: DeploymentRun
        var stage: Stage
        let since: ContinuousClock.Instant

        enum Stage {
            case preparing, starting
            /// It failed, and is tried again.
            case waiting
        }
    }

    private struct Serving {
        let run: DeploymentRun
        let address: DeployedAddress
        let since: ContinuousClock.Instant
    }

    private let model: ExactText
    private let target: String
    private var desired: DeployableVersion?
    /// Whether it is to be in memory.
    package private(set) var isResident = false
    private var candidate: Candidate?
    private var serving: Serving?
    private var draining: [DeploymentRun] = []
    private var failure: Deployment.Failure?
    private var restarts = 0
    private var lastNumber: UInt64 = 0
    private var changed: ContinuousClock.Instant

    /// Between the first failure and the next try; it doubles up to ``longestDelay``.
    package static let firstDelay = Duration.seconds(1)
    package static let longestDelay = Duration.seconds(300)
    /// A run that serves this long has shown that it can; its failures are forgotten.
    package static let healthy = Duration.seconds(600)

    package init(model: ExactText, target: String, at now: ContinuousClock.Instant) {
        self.model = model
        self.target = target
        changed = now
    }

    // MARK: - What is wanted

    /// The registry wants this version, or none.
    package mutating func desire(_ new: DeployableVersion?, at now: ContinuousClock.Instant) -> [Action] {
        let old = desired
        desired = new
        guard let new else { return leave(at: now) }
        if let old, old.isSameProcess(as: new) { return retag(new) }
        failure = nil
        candidate = nil
        return advance(at: now)
    }

    /// It is to be in memory, or not: somebody asks for it, or others need the room.
    package mutating func setResident(_ resident: Bool, at now: ContinuousClock.Instant) -> [Action] {
        guard resident != isResident else { return [] }
        isResident = resident
        return resident ? advance(at: now) : leave(at: now)
    }

    /// Somebody wants it started anew: another run takes over, and a wait for the next try ends.
    package mutating func restart(at now: ContinuousClock.Instant) -> [Action] {
        failure = nil
        candidate = nil
        guard let desired, isResident else { return [] }
        return begin(desired, isRestart: true, at: now)
    }

    // MARK: - What happened

    package mutating func prepared(_ run: DeploymentRun) -> [Action] {
        guard candidate?.run == run, candidate?.stage == .preparing else { return [] }
        candidate?.stage = .starting
        return [.start(run)]
    }

    package mutating func started(
        _ run: DeploymentRun, _ address: DeployedAddress, at now: ContinuousClock.Instant
    ) -> [Action] {
        guard candidate?.run == run, let desired else {
            // It came too late: another is wanted by now.
            draining.append(run)
            return [.drain(run)]
        }
        let old = serving
        // Its tags may have changed while it started.
        let run = DeploymentRun(number: run.number, deployable: desired)
        serving = Serving(run: run, address: address, since: now)
        candidate = nil
        changed = now
        guard let old else { return [.serve(run, address)] }
        draining.append(old.run)
        return [.serve(run, address), .drain(old.run)]
    }

    /// - Parameters:
    ///   - run: the run that it happened to.
    ///   - reason: what went wrong, for people.
    ///   - now: the present.
    ///   - jitter: from 0 to 1.
    package mutating func failed(
        _ run: DeploymentRun, _ reason: String, at now: ContinuousClock.Instant, jitter: Double
    ) -> [Action] {
        guard let current = candidate, current.run.number == run.number else { return [] }
        return retryLater(run.deployable, reason, at: now, jitter: jitter)
    }

    /// A run ended by itself.
    package mutating func exited(
        _ run: DeploymentRun, _ reason: String, at now: ContinuousClock.Instant, jitter: Double
    ) -> [Action] {
        draining.removeAll { $0.number == run.number }
        guard let old = serving, old.run.number == run.number else { return [] }
        serving = nil
        restarts += 1
        changed = now
        if old.since.duration(to: now) >= Self.healthy { failure = nil }
        // Another version is on its way and takes over when it is ready.
        if candidate != nil { return [.withdraw(model)] }
        return [.withdraw(model)] + retryLater(run.deployable, reason, at: now, jitter: jitter)
    }

    package mutating func retry(_ run: DeploymentRun, at now: ContinuousClock.Instant) -> [Action] {
        guard candidate?.run == run, candidate?.stage == .waiting, let desired else { return [] }
        candidate = nil
        return begin(desired, at: now)
    }

    package mutating func drained(_ run: DeploymentRun) {
        draining.removeAll { $0.number == run.number }
    }

    // MARK: - What people see

    /// After how long without requests it leaves memory; nil if its tags do not say.
    package var idleLimit: Duration? { desired?.spec.idleLimit }

    /// Of every run, and of what is wanted.
    package var versions: [DeployableVersion] {
        let runs = [candidate?.run, serving?.run].compactMap(\.self) + draining
        return runs.map(\.deployable) + [desired].compactMap(\.self)
    }

    /// Whether it takes memory, or is about to.
    package var takesMemory: Bool { isResident || serving != nil || !draining.isEmpty }

    package var isOver: Bool { desired == nil && serving == nil && candidate == nil && draining.isEmpty }

    /// Nil if nothing is wanted, and nothing is left.
    package var deployment: Deployment? {
        guard let version = serving?.run.deployable ?? candidate?.run.deployable ?? desired ?? draining.last?.deployable
        else { return nil }
        let next = candidate.map(\.run.deployable.version)
        return Deployment(
            model: version.model, version: version.version, state: state, target: target,
            address: serving?.address.uri, since: changed,
            restarts: restarts, failure: failure, next: serving == nil ? nil : next)
    }

    private var state: Deployment.State {
        if serving != nil { return .ready }
        switch candidate?.stage {
        case .preparing: return .preparing
        case .starting: return .starting
        case .waiting: return .failed
        case nil:
            if !draining.isEmpty { return .draining }
            return isResident ? .pending : .stopped
        }
    }

    // MARK: -

    private mutating func advance(at now: ContinuousClock.Instant) -> [Action] {
        guard let desired, isResident, candidate == nil,
            !(serving?.run.deployable.isSameProcess(as: desired) ?? false)
        else { return [] }
        return begin(desired, at: now)
    }

    private mutating func begin(
        _ deployable: DeployableVersion, isRestart: Bool = false, at now: ContinuousClock.Instant
    ) -> [Action] {
        lastNumber += 1
        let run = DeploymentRun(number: lastNumber, deployable: deployable, isRestart: isRestart)
        candidate = Candidate(run: run, stage: .preparing, since: now)
        if serving == nil { changed = now }
        return [.prepare(run)]
    }

    private mutating func retryLater(
        _ deployable: DeployableVersion, _ reason: String, at now: ContinuousClock.Instant, jitter: Double
    ) -> [Action] {
        let attempts = (failure?.version == deployable.version ? failure?.attempts ?? 0 : 0) + 1
        let delay = Self.delay(attempts: attempts, jitter: jitter)
        failure = Deployment.Failure(
            version: deployable.version, reason: reason, attempts: attempts, nextTry: now.advanced(by: delay))
        guard isResident, desired != nil else {
            candidate = nil
            return []
        }
        lastNumber += 1
        let run = DeploymentRun(number: lastNumber, deployable: deployable)
        candidate = Candidate(run: run, stage: .waiting, since: now)
        if serving == nil { changed = now }
        return [.wait(run, delay)]
    }

    /// The first try again comes at once, since most processes die once; then 1 s doubling to 5 min, and up to half of
    /// it more, so that models that failed together do not start together.
    static func delay(attempts: Int, jitter: Double) -> Duration {
        guard attempts > 1 else { return .zero }
        let base = min(firstDelay * (1 << min(attempts - 2, 16)), longestDelay)
        return base + base * (jitter / 2)
    }

    private mutating func leave(at now: ContinuousClock.Instant) -> [Action] {
        // One that starts meanwhile is drained when it says that it has started.
        candidate = nil
        if desired == nil { failure = nil }
        guard let old = serving else { return [] }
        serving = nil
        changed = now
        draining.append(old.run)
        return [.withdraw(model), .drain(old.run)]
    }

    /// Tags of the version changed: what serves goes on under the new ones.
    private mutating func retag(_ new: DeployableVersion) -> [Action] {
        guard let old = serving, old.run.deployable.isSameProcess(as: new), old.run.deployable != new else { return [] }
        let run = DeploymentRun(number: old.run.number, deployable: new)
        serving = Serving(run: run, address: old.address, since: old.since)
        return [.serve(run, old.address)]
    }
}
