import Synchronization

/// Invokes models over HTTP, each by the endpoint that its tags describe.
package final class HTTPModelInvoker: ModelInvoking {
    private let limits: ModelLimits
    private let endpoints = Mutex<[Key: ModelEndpoint]>([:])

    /// A version has one endpoint; one whose tags changed replaces it.
    private struct Key: Hashable {
        let model: ExactText
        let version: Int?
    }

    package init(limits: ModelLimits) {
        self.limits = limits
    }

    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline
    ) async -> [Result<JSONText, PalantirError>] {
        await endpoint(for: spec).invoke(inputs, by: deadline)
    }

    package func shutdown() {
        let all = endpoints.withLock { endpoints in
            defer { endpoints = [:] }
            return endpoints
        }
        for endpoint in all.values { endpoint.close() }
    }

    private func endpoint(for spec: ServingSpec) -> ModelEndpoint {
        let key = Key(model: ExactText(spec.modelName), version: spec.version)
        let (endpoint, replaced) = endpoints.withLock { endpoints in
            let known = endpoints[key]
            if let known, known.spec == spec { return (known, nil as ModelEndpoint?) }
            let new = ModelEndpoint(spec: spec, limits: limits)
            endpoints[key] = new
            return (new, known)
        }
        // Calls that are under way end on their own; only what is idle is closed.
        replaced?.close()
        return endpoint
    }
}
