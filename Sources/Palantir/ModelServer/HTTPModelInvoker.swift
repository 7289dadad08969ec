import Synchronization

/// Invokes models over HTTP, each by the endpoint that its tags describe.
package final class HTTPModelInvoker: ModelInvoking {
    private let state: Mutex<State>
    private let egress: ModelEgress
    /// Of all models together.
    package let batches = BatchMetrics()

    /// A version has one endpoint; one whose tags changed replaces it.
    private struct Key: Hashable {
        let model: ExactText
        let version: Int?
    }

    private struct State {
        var limits: ModelLimits
        var endpoints: [Key: ModelEndpoint] = [:]
        /// Of endpoints that are no more.
        var past = ReplicaCounts()
    }

    package init(limits: ModelLimits, egress: ModelEgress) {
        state = Mutex(State(limits: limits))
        self.egress = egress
    }

    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline, for stage: TraceStage?
    ) async -> [Result<JSONText, PalantirError>] {
        await endpoint(for: spec).invoke(inputs, by: deadline, for: stage)
    }

    /// Calls from now on have other limits and go where other rules allow; those under way end under the old ones, and
    /// their connections with them.
    package func reload(_ limits: ModelLimits, _ rules: ModelHostRules) {
        apply(rules)
        close { $0.limits = limits }
    }

    /// Connections from now on are made where these rules allow.
    package func apply(_ rules: ModelHostRules) {
        egress.rules.replace(with: rules)
    }

    package func shutdown() {
        close { _ in }
    }

    /// What became of the calls to replicas since the start, and how many replicas are not asked now.
    package var replicas: ReplicaCounts {
        state.withLock { state in
            var counts = state.past
            for replicas in state.endpoints.values.compactMap(\.replicas) { counts.add(replicas) }
            return counts
        }
    }

    /// How each replica of a model stands; of one that the hub runs, those of the process that was asked last.
    package func replicas(of spec: ServingSpec) -> [ReplicaStatus] {
        let endpoint = state.withLock { $0.endpoints[Key(model: ExactText(spec.modelName), version: spec.version)] }
        // An endpoint of other tags is replaced by the next call.
        guard let endpoint, let replicas = endpoint.replicas, spec.isDeployed || endpoint.spec.uris == spec.uris else {
            return spec.uris.map(ReplicaStatus.init(untried:))
        }
        return replicas.statuses
    }

    /// The models that were called, and whether each is suspended: its only replica failed, and is not asked.
    package var suspensions: [ExactText: Bool] {
        let endpoints = state.withLock { $0.endpoints }
        let all = endpoints.map { ($0.key.model, $0.value.replicas?.suspension != nil) }
        return Dictionary(all) { $0 || $1 }
    }

    private func close(_ change: (inout State) -> Void) {
        let all = state.withLock { state in
            change(&state)
            defer { state.endpoints = [:] }
            for replicas in state.endpoints.values.compactMap(\.replicas) { state.past.retire(replicas) }
            return state.endpoints
        }
        for endpoint in all.values { endpoint.close() }
    }

    private func endpoint(for spec: ServingSpec) -> ModelEndpoint {
        let key = Key(model: ExactText(spec.modelName), version: spec.version)
        let (endpoint, replaced) = state.withLock { state in
            let known = state.endpoints[key]
            if let known, known.spec == spec { return (known, nil as ModelEndpoint?) }
            let new = ModelEndpoint(spec: spec, limits: state.limits, egress: egress, batches: batches)
            state.endpoints[key] = new
            if let replicas = known?.replicas { state.past.retire(replicas) }
            return (new, known)
        }
        // Calls that are under way end on their own; only what is idle is closed.
        replaced?.close()
        return endpoint
    }
}

/// What became of calls to replicas.
package struct ReplicaCounts: Sendable {
    package private(set) var retries = 0
    package private(set) var ejections = 0
    /// Replicas that are not asked now.
    package private(set) var ejected = 0

    fileprivate mutating func add(_ replicas: ModelReplicas) {
        retire(replicas)
        ejected += replicas.ejected
    }

    /// Counts of an endpoint that is replaced stay counted.
    fileprivate mutating func retire(_ replicas: ModelReplicas) {
        let counts = replicas.counts
        retries += counts.retries
        ejections += counts.ejections
    }
}
