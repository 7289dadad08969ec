/// Calls a model's API. One implementation speaks HTTP; tests have another in memory.
package protocol ModelInvoking: Sendable {
    /// Asks the model for the predictions of some entities.
    ///
    /// - Parameters:
    ///   - inputs: a row an entity.
    ///   - spec: how the model is served.
    ///   - deadline: the request's.
    ///   - stage: what they are asked for, in a request's trace.
    /// - Returns: an outcome for each input, in order: a JSON object of labels and values, byte for byte as the model
    ///   wrote it, or `MODEL_UNREACHABLE`, `MODEL_FAILED`, `MODEL_BAD_ANSWER` or `DEADLINE_EXCEEDED`. One input's
    ///   failure says nothing of another's.
    func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline, for stage: TraceStage?
    ) async -> [Result<JSONText, PalantirError>]
}

extension ModelInvoking {
    /// The same for what no request's trace tells of.
    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline
    ) async -> [Result<JSONText, PalantirError>] {
        await invoke(inputs, of: spec, by: deadline, for: nil)
    }
}

/// One entity's inputs to a model.
package struct ModelInput: Sendable {
    package let id: EntityID
    package let row: FeatureRow

    package init(id: EntityID, row: FeatureRow) {
        self.id = id
        self.row = row
    }
}
