/// Invokes models over HTTP, each by the endpoint that its tags describe.
package struct HTTPModelInvoker: ModelInvoking {
    private let client: EgressClient
    private let limits: ModelLimits

    package init(client: EgressClient, limits: ModelLimits) {
        self.client = client
        self.limits = limits
    }

    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline
    ) async -> [Result<JSONText, PalantirError>] {
        let endpoint = ModelEndpoint(spec: spec, client: client, maxAnswerBytes: limits.maxAnswerBytes)
        let deadline = spec.timeout.map(deadline.lowered(to:)) ?? deadline
        let outcomes = await inputs.chunked(
            size: spec.maxBatchSize ?? limits.maxBatchSize, width: spec.maxConcurrency ?? limits.maxConcurrency
        ) { await endpoint.invoke($0, by: deadline) }
        return outcomes.flatMap(\.self)
    }
}
