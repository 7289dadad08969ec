import NIOCore

/// A model's API: its replicas, and the batcher in front of them that makes one call of what concurrent callers ask.
package final class ModelEndpoint: Sendable {
    package typealias Batcher = AdaptiveBatcher<EntityID, FeatureRow, JSONText>

    let spec: ServingSpec
    private let maxBatchSize: Int
    private let batcher: Batcher
    /// Nil where somebody else makes the calls.
    let replicas: ModelReplicas?

    convenience init(spec: ServingSpec, limits: ModelLimits, egress: ModelEgress, batches: BatchMetrics) {
        let replicas = ModelReplicas(
            uris: spec.uris, secret: spec.secret, maxAnswerBytes: limits.maxAnswerBytes,
            timeout: min(spec.timeout ?? limits.timeout, limits.timeout),
            connectors: { egress.connector(to: $0, isDeployed: spec.isDeployed) })
        let calls = ModelCalls(model: spec.modelName, replicas: replicas, maxAnswerBytes: limits.maxAnswerBytes)
        self.init(spec: spec, limits: limits, replicas: replicas, batches: batches, perform: calls.perform)
    }

    /// - Parameters:
    ///   - spec: how the model is served.
    ///   - limits: those of the settings, where tags say nothing.
    ///   - perform: makes the calls.
    package convenience init(spec: ServingSpec, limits: ModelLimits, perform: @escaping Batcher.Perform) {
        self.init(spec: spec, limits: limits, replicas: nil, batches: BatchMetrics(), perform: perform)
    }

    private init(
        spec: ServingSpec, limits: ModelLimits, replicas: ModelReplicas?, batches: BatchMetrics,
        perform: @escaping Batcher.Perform
    ) {
        self.spec = spec
        self.replicas = replicas
        maxBatchSize = spec.maxBatchSize ?? limits.maxBatchSize
        batcher = Batcher(
            limits: BatchLimits(
                maxBatchSize: maxBatchSize,
                maxConcurrency: (spec.maxConcurrency ?? limits.maxConcurrency) * max(spec.uris.count, 1),
                maxWaiting: limits.maxWaiting),
            late: .deadlineExceeded(in: .model),
            overloaded: PalantirError(
                .overloaded,
                "More predictions wait for the model \(spec.modelName.debugDescription) than it answers in time; "
                    + "try again shortly."),
            metrics: batches, perform: perform)
    }

    package func invoke(
        _ inputs: [ModelInput], by deadline: Deadline, for stage: TraceStage? = nil
    ) async -> [Result<JSONText, PalantirError>] {
        if let until = replicas?.suspension {
            return inputs.map { _ in .failure(.suspended(spec.modelName, until: until)) }
        }
        let deadline = spec.timeout.map(deadline.lowered(to:)) ?? deadline
        let outcomes = await inputs.chunked(size: maxBatchSize, width: .max) { chunk in
            await self.batcher.outputs(for: chunk.map { .init(key: $0.id, payload: $0.row) }, by: deadline, for: stage)
        }
        return outcomes.count == 1 ? outcomes[0] : outcomes.flatMap(\.self)
    }

    func close() {
        replicas?.close()
    }
}
