import Logging
import Synchronization

/// The registry in memory: a request for a known model is answered from here and never waits for MLflow.
///
/// Its service refreshes the whole list on an interval, looks up unknown names once for all who ask, and keeps a copy
/// on disk, so that a restart with MLflow down serves what was known.
package final class RegistryMirror: Sendable {
    let registry: any ModelRegistry
    let snapshotFile: RegistrySnapshotFile
    let interval: Duration
    let logger: Logger
    package let signatures = SignatureCache()

    private let state: Mutex<State>
    /// Names that wait for a direct look-up; the service takes them from here.
    let lookUps: AsyncStream<ModelReference.Candidate>
    private let lookUpsContinuation: AsyncStream<ModelReference.Candidate>.Continuation

    /// Tells that the models changed; several changes may be told once.
    package let changes: AsyncStream<Void>
    private let changesContinuation: AsyncStream<Void>.Continuation

    private struct State {
        var contents: MirrorContents
        var status = RegistryMirrorStatus()
        /// A model was learnt since the last copy on disk; the next list finds it known already.
        var hasUnsaved = false
        /// Somebody said that the registry changed, since the last look began.
        var isStale = false
        /// The service's pause between two looks.
        var pause: Pending<Void>?
        var waiting: [ModelReference.Candidate: [Pending<LookUpResult>]] = [:]
    }

    typealias LookUpResult = Result<Void, PalantirError>

    package init(
        registry: any ModelRegistry, snapshotFile: RegistrySnapshotFile, refreshEvery interval: Duration,
        deployment policy: DeploymentPolicy = .off, hosts: ModelHostRules = ModelHostRules(), logger: Logger
    ) {
        state = Mutex(State(contents: MirrorContents(deployment: policy, hosts: hosts)))
        self.registry = registry
        self.snapshotFile = snapshotFile
        self.interval = interval
        self.logger = logger
        (lookUps, lookUpsContinuation) = AsyncStream.makeStream()
        (changes, changesContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Finds the model that a request asks for.
    ///
    /// - Throws: `MODEL_NOT_FOUND`, `VERSION_NOT_FOUND`; `REGISTRY_UNAVAILABLE` or `DEADLINE_EXCEEDED` only for names
    ///   that are not known.
    package func model(
        for reference: ModelReference, by deadline: Deadline
    ) async throws(PalantirError) -> (model: MirroredModel, choice: ModelReference.Choice) {
        switch resolve(reference) {
        case .found(let model, let candidate): return (model, candidate.choice)
        case .unknown(let error): throw error
        case .ask(let candidates):
            for candidate in candidates {
                try await lookUp(candidate, by: deadline)
                if case .found(let model, let found) = resolve(reference) { return (model, found.choice) }
            }
            throw state.withLock { $0.contents.notFound(reference.candidates) }
        }
    }

    /// Every known model, by name.
    package var models: [MirroredModel] {
        state.withLock { Array($0.contents.models.values) }
            .sorted { $0.model.name < $1.model.name }
    }

    /// A model of that name, from memory.
    package func known(_ name: ExactText) -> MirroredModel? {
        state.withLock { $0.contents.models[name] }
    }

    package var status: RegistryMirrorStatus {
        state.withLock { state in
            var status = state.status
            status.models = state.contents.models.count
            return status
        }
    }

    /// The registry changed, as somebody says: it is looked at as soon as it may be.
    package func refreshSoon() {
        let pause = state.withLock { state in
            state.isStale = true
            return state.pause
        }
        pause?.settle(())
    }

    /// Judges all tags anew, by other rules.
    package func apply(_ hosts: ModelHostRules) {
        state.withLock { $0.contents.apply(hosts) }
        changesContinuation.yield()
    }

    private func resolve(_ reference: ModelReference) -> MirrorContents.Resolution {
        let now = ContinuousClock.now
        return state.withLock { $0.contents.resolve(reference, at: now) }
    }

    /// Waits for the service's look-up of a name; all who ask for the same share one.
    private func lookUp(_ candidate: ModelReference.Candidate, by deadline: Deadline) async throws(PalantirError) {
        let pending = Pending<LookUpResult>()
        let isFirst = state.withLock { state in
            state.waiting[candidate, default: []].append(pending)
            return state.waiting[candidate]?.count == 1
        }
        if isFirst { lookUpsContinuation.yield(candidate) }
        let late = LookUpResult.failure(.deadlineExceeded(in: .registry))
        try await pending.value(by: deadline, late: late, cancelled: late).get()
    }

    // MARK: - For the service

    /// Waits until the next look is due, or wanted.
    func pause(_ time: Duration) async {
        let pending = Pending<Void>()
        let isStale = state.withLock { state in
            state.pause = pending
            return state.isStale
        }
        if isStale { return }
        await pending.value(by: .after(time), late: (), cancelled: ())
    }

    func lookBegins() {
        state.withLock { $0.isStale = false }
    }

    var hasUnsaved: Bool {
        get { state.withLock { $0.hasUnsaved } }
        set { state.withLock { $0.hasUnsaved = newValue } }
    }

    func finish(_ candidate: ModelReference.Candidate, with result: Result<RegisteredModel?, PalantirError>) {
        let now = ContinuousClock.now
        let waiting = state.withLock { state -> [Pending<LookUpResult>] in
            if case .success(let model) = result {
                if let model {
                    state.contents.learn(model, at: now)
                    state.hasUnsaved = true
                }
                // A model without the version that was asked for counts as unknown too.
                state.contents.rememberUnknown(candidate, at: now)
            }
            return state.waiting.removeValue(forKey: candidate) ?? []
        }
        changesContinuation.yield()
        for pending in waiting { pending.settle(result.map { _ in }) }
    }

    func accept(_ list: [RegisteredModel], askedAt asked: ContinuousClock.Instant) -> MirrorContents.Acceptance {
        let now = ContinuousClock.now
        let acceptance = state.withLock { state in
            let acceptance = state.contents.accept(list, askedAt: asked, at: now)
            if acceptance != .notBelieved { state.status.refreshed(at: now) }
            return acceptance
        }
        if acceptance == .changed { changesContinuation.yield() }
        return acceptance
    }

    /// Takes over what the disk held, unless MLflow was quicker.
    func accept(_ snapshot: RegistrySnapshot) {
        let now = ContinuousClock.now
        state.withLock { state in
            guard state.contents.models.isEmpty else { return }
            _ = state.contents.accept(snapshot.models, askedAt: now, at: now)
            state.status.loaded(savedAt: snapshot.savedAt, at: now)
        }
        changesContinuation.yield()
    }

    func noteFailure(_ error: PalantirError) -> Bool {
        state.withLock { state in
            let isNews = state.status.lastError == nil
            state.status.lastError = error.message
            return isNews
        }
    }
}

/// How fresh the mirror is.
package struct RegistryMirrorStatus: Sendable {
    package fileprivate(set) var models = 0
    /// When MLflow last confirmed the list; before the first time, when the copy on disk was confirmed.
    private var confirmed: ContinuousClock.Instant?
    /// The last refresh's error; nil if it succeeded.
    package fileprivate(set) var lastError: String?

    /// How long ago MLflow confirmed the list; nil if nothing was ever known.
    package var age: Duration? { confirmed.map { $0.duration(to: .now) } }

    fileprivate mutating func refreshed(at now: ContinuousClock.Instant) {
        confirmed = now
        lastError = nil
    }

    fileprivate mutating func loaded(savedAt: WallTime, at now: ContinuousClock.Instant) {
        confirmed = now.advanced(by: .zero - savedAt.age)
    }
}
