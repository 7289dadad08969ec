import NIOCore

/// What a caller asks: one model, one or more entities, and feature values that replace or add to the looked-up ones.
package struct PredictionRequest: Sendable {
    /// The most ids in one request.
    package static let maximumIDs = 10_000

    package let model: ModelReference
    /// Each id once, in the order of the request; never empty.
    package let ids: [EntityID]
    /// By entity; empty for most requests.
    package let features: [EntityID: RequestFeatures]

    package init(model: ModelReference, ids: [EntityID], features: [EntityID: RequestFeatures] = [:]) {
        self.model = model
        self.ids = ids
        self.features = features
    }

    /// With the readings of the model's name that the caller may use.
    ///
    /// - Throws: `PERMISSION_DENIED` if there is none.
    package func readable(by caller: Principal) throws(PalantirError) -> PredictionRequest {
        PredictionRequest(model: try caller.readings(of: model), ids: ids, features: features)
    }
}

/// Feature values that came with the request, by name, in the order they were written.
package struct RequestFeatures: Sendable {
    package let values: [(name: String, value: JSONText)]

    package init(_ values: [(name: String, value: JSONText)]) {
        self.values = values
    }
}
