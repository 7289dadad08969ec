import NIOCore

/// A model's API: its replicas, and the batcher in front of them that makes one call of what concurrent callers ask.
package final class ModelEndpoint: Sendable {
    package typealias Batcher = AdaptiveBatcher<EntityID, FeatureRow, JSONText>

    let spec: ServingSpec
    private let maxBatchSize: Int
    private let batcher: Batcher
    private let replicas: [ModelReplica]

    convenience init(spec: ServingSpec, limits: ModelLimits) {
        let replicas = spec.uris.map { ModelReplica($0, secret: spec.secret) }
        let calls = ModelCalls(model: spec.modelName, replicas: replicas, maxAnswerBytes: limits.maxAnswerBytes)
        self.init(spec: spec, limits: limits, replicas: replicas, perform: calls.perform)
    }

    /// - Parameter perform: makes the calls.
    package convenience init(spec: ServingSpec, limits: ModelLimits, perform: @escaping Batcher.Perform) {
        self.init(spec: spec, limits: limits, replicas: [], perform: perform)
    }

    private init(
        spec: ServingSpec, limits: ModelLimits, replicas: [ModelReplica], perform: @escaping Batcher.Perform
    ) {
        self.spec = spec
        self.replicas = replicas
        maxBatchSize = spec.maxBatchSize ?? limits.maxBatchSize
        batcher = Batcher(
            limits: BatchLimits(
                maxBatchSize: maxBatchSize, maxConcurrency: spec.maxConcurrency ?? limits.maxConcurrency,
                maxWaiting: limits.maxWaiting),
            late: .deadlineExceeded(in: .model),
            overloaded: PalantirError(
                .overloaded,
                "Too many predictions wait for the model \(spec.modelName.debugDescription); try again shortly."),
            perform: perform)
    }

    package func invoke(_ inputs: [ModelInput], by deadline: Deadline) async -> [Result<JSONText, PalantirError>] {
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
