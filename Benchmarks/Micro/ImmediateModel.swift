import NIOCore
import Palantir

/// A model that answers at once, so that only the batcher's own work in front of it is left.
enum ImmediateModel {
    static func endpoint() throws(PalantirError) -> ModelEndpoint {
        let model = RegisteredModel(
            name: "churn", tags: ["feature_store": "churn", "uri": "http://127.0.0.1:1/predict"])
        let limits = ModelLimits(maxBatchSize: 1_000, maxConcurrency: 2, maxAnswerBytes: 1 << 20)
        return ModelEndpoint(spec: try ServingSpec(model: model, version: nil), limits: limits) { slot in
            guard let work = slot.take() else { return }
            work.finish(.each(work.batch.items.map { .success($0.payload.object) }))
        }
    }

    static var inputs: [ModelInput] {
        let row = FeatureRow(object: JSONText(validated: ByteBuffer(string: "{\"id\":42}")))
        return [EntityID("42")].compactMap(\.self).map { ModelInput(id: $0, row: row) }
    }
}
