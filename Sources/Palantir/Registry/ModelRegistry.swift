/// Where registered models are kept: MLflow, or in tests a registry in memory.
///
/// Every call may wait, up to its deadline, and throws `REGISTRY_UNAVAILABLE` when the registry cannot be reached,
/// answers with an error, or answers what cannot be understood. Nothing partial is ever returned.
package protocol ModelRegistry: Sendable {
    /// Every registered model with all its versions.
    func registeredModels(by deadline: Deadline) async throws(PalantirError) -> [RegisteredModel]

    /// One registered model with its latest version, those that aliases name, and one more if it is asked for and
    /// exists; nil if the registry has no model of that name.
    func registeredModel(
        named name: String, including version: Int?, by deadline: Deadline
    ) async throws(PalantirError) -> RegisteredModel?

    /// The signature that the model was logged with, or nil if it was logged without one.
    func signature(
        of version: ModelVersion, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> ModelSignature?
}
