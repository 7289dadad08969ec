import NIOCore

/// A model's API: its replicas, and the batcher in front of them that makes one call of what concurrent callers ask.
final class ModelEndpoint: Sendable {
    typealias Batcher = AdaptiveBatcher<EntityID, FeatureRow, JSONText>

    let spec: ServingSpec
    private let maxBatchSize: Int
    private let batcher: Batcher
    private let replicas: [ModelReplica]

    init(spec: ServingSpec, limits: ModelLimits) {
        self.spec = spec
        maxBatchSize = spec.maxBatchSize ?? limits.maxBatchSize
        let replicas = spec.uris.map(ModelReplica.init)
        self.replicas = replicas
        let calls = ModelCalls(model: spec.modelName, replicas: replicas, maxAnswerBytes: limits.maxAnswerBytes)
        batcher = Batcher(
            limits: BatchLimits(
                maxBatchSize: maxBatchSize, maxConcurrency: spec.maxConcurrency ?? limits.maxConcurrency,
                maxWaiting: limits.maxWaiting),
            late: .deadlineExceeded(in: .model),
            overloaded: PalantirError(
                .overloaded,
                "Too many predictions wait for the model \(spec.modelName.debugDescription); try again shortly."),
            perform: calls.perform)
    }

    func invoke(_ inputs: [ModelInput], by deadline: Deadline) async -> [Result<JSONText, PalantirError>] {
        let deadline = spec.timeout.map(deadline.lowered(to:)) ?? deadline
        let outcomes = await inputs.chunked(size: maxBatchSize, width: .max) { chunk in
            await self.batcher.outputs(for: chunk.map { .init(key: $0.id, payload: $0.row) }, by: deadline)
        }
        return outcomes.count == 1 ? outcomes[0] : outcomes.flatMap(\.self)
    }

    func close() {
        for replica in replicas { replica.close() }
    }
}
