import NIOCore
import Synchronization

/// Which run of each deployed model takes requests: what a prediction asks, from memory.
///
/// A prediction takes a lease on a run, so that a run that is replaced ends only when nobody needs it any more.
package final class DeployedEndpoints: Sendable {
    private struct State {
        var serving: [ExactText: Endpoint] = [:]
        /// Of the runs that serve or are drained.
        var uses: [ExactText: [UInt64: RunUse]] = [:]
        var waiting: [ExactText: [Pending<Result<Endpoint, PalantirError>>]] = [:]
        /// Why a model that is wanted does not answer, and when it is tried again.
        var failures: [ExactText: Deployment.Failure] = [:]
    }

    private let state = Mutex(State())
    /// Models that somebody asks for and that are not in memory.
    package let requests: AsyncStream<ExactText>
    private let requestsContinuation: AsyncStream<ExactText>.Continuation

    package init() {
        (requests, requestsContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(10_000))
    }

    /// A run that takes requests, under the tags of the moment.
    package struct Endpoint: Sendable {
        package let run: DeploymentRun
        /// How it is served, with its address.
        package let spec: ServingSpec
        let use: RunUse
    }

    /// A prediction's hold on a run; ended once.
    package struct Lease: Sendable {
        package let spec: ServingSpec
        fileprivate let use: RunUse
        /// Whether the model had to be started first.
        package fileprivate(set) var hasWaited = false

        package func end() {
            use.leases.wrappingSubtract(1, ordering: .releasing)
        }

        /// An answer as callers are told it: what a start left too little time for is no fault of a slow model.
        package func told(_ answer: Result<JSONText, PalantirError>) -> Result<JSONText, PalantirError> {
            guard case .failure(let error) = answer, error.code == .deadlineExceeded else { return answer }
            return .failure(.notReady(ExactText(spec.modelName)))
        }
    }

    /// Who uses a run, and when somebody last began to.
    final class RunUse: Sendable {
        fileprivate let leases = Atomic<Int>(0)
        fileprivate let lastBegun = Atomic<UInt64>(NIODeadline.now().uptimeNanoseconds)

        var isNone: Bool { leases.load(ordering: .acquiring) == 0 }

        /// How long nobody has asked it.
        var idle: Duration {
            .nanoseconds(NIODeadline.now().uptimeNanoseconds - lastBegun.load(ordering: .relaxed))
        }
    }

    /// A lease on the run that serves a model; a model that is not in memory is started, and waited for.
    ///
    /// - Throws: `MODEL_NOT_READY` if it does not make it by the deadline, or has failed.
    package func lease(_ model: ExactText, by deadline: Deadline) async throws(PalantirError) -> Lease {
        var hasWaited = false
        while true {
            if var lease = take(model) {
                lease.hasWaited = hasWaited
                return lease
            }
            hasWaited = true
            let pending = Pending<Result<Endpoint, PalantirError>>()
            let (failure, isFirst) = state.withLock { state -> (Deployment.Failure?, Bool) in
                if let failure = state.failures[model] { return (failure, false) }
                state.waiting[model, default: []].append(pending)
                return (nil, state.waiting[model]?.count == 1)
            }
            if let failure { throw .notReady(model, failure) }
            if isFirst { requestsContinuation.yield(model) }
            let late = Result<Endpoint, PalantirError>.failure(.notReady(model))
            // The run may be replaced before it is taken; then the next one is.
            _ = try await pending.value(by: deadline, late: late, cancelled: late).get()
            if deadline.hasPassed { throw .notReady(model) }
        }
    }

    private func take(_ model: ExactText) -> Lease? {
        state.withLock { state in
            guard let endpoint = state.serving[model] else { return nil }
            endpoint.use.leases.wrappingAdd(1, ordering: .acquiring)
            endpoint.use.lastBegun.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
            return Lease(spec: endpoint.spec, use: endpoint.use)
        }
    }

    // MARK: - For the controller

    func serve(_ run: DeploymentRun, at address: DeployedAddress) {
        let model = run.model
        let (endpoint, waiting) = state.withLock { state in
            // Tags that changed make a new endpoint of the same run; who uses it, uses the run.
            let use = state.uses[model]?[run.number] ?? RunUse()
            state.uses[model, default: [:]][run.number] = use
            let endpoint = Endpoint(run: run, spec: run.deployable.spec.deployed(at: address), use: use)
            state.serving[model] = endpoint
            state.failures[model] = nil
            return (endpoint, state.waiting.removeValue(forKey: model) ?? [])
        }
        for pending in waiting { pending.settle(.success(endpoint)) }
    }

    func withdraw(_ model: ExactText) {
        state.withLock { $0.serving[model] = nil }
    }

    /// Nothing answers, and the next try is some time away: who waits is told.
    func fail(_ model: ExactText, _ failure: Deployment.Failure?) {
        let waiting = state.withLock { state -> [Pending<Result<Endpoint, PalantirError>>] in
            state.failures[model] = failure
            return failure == nil ? [] : state.waiting.removeValue(forKey: model) ?? []
        }
        guard let failure else { return }
        for pending in waiting { pending.settle(.failure(.notReady(model, failure))) }
    }

    /// Whether no prediction holds a run.
    func isUnused(_ run: DeploymentRun) -> Bool {
        state.withLock { $0.uses[run.model]?[run.number] }?.isNone ?? true
    }

    func forget(_ run: DeploymentRun) {
        state.withLock { state in
            state.uses[run.model]?[run.number] = nil
            if state.uses[run.model]?.isEmpty == true { state.uses[run.model] = nil }
        }
    }

    func endpoint(of model: ExactText) -> Endpoint? {
        state.withLock { $0.serving[model] }
    }
}

extension PalantirError {
    fileprivate static func notReady(_ model: ExactText) -> PalantirError {
        PalantirError(
            .modelNotReady, "The model \(model.text.debugDescription) is being started; try again shortly.")
    }

    fileprivate static func notReady(_ model: ExactText, _ failure: Deployment.Failure) -> PalantirError {
        let wait = max(ContinuousClock.now.duration(to: failure.nextTry), .zero)
        let seconds = Int((wait / .seconds(1)).rounded(.up))
        return PalantirError(
            .modelNotReady,
            "The model \(model.text.debugDescription) could not be started; it is tried again in \(seconds) s.",
            cause: failure.reason, retryAfter: max(seconds, 1))
    }
}
