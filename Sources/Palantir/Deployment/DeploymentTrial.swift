/// Asks a version that was just started for a prediction, before it takes over: a row of its feature table, for a model
/// that was logged without an input example.
package struct DeploymentTrial: Sendable {
    private let row: TrialRow
    private let models: any ModelInvoking

    /// A first call may import and compile.
    private static let timeout = Duration.seconds(30)

    package init(features: any FeatureStore, models: any ModelInvoking) {
        row = TrialRow(features: features)
        self.models = models
    }

    /// - Throws: `MODEL_NOT_READY` if the model does not answer for a row that is there. Without a row, or without the
    ///   feature store, nothing is known against it.
    func check(_ deployable: DeployableVersion, at address: DeployedAddress) async throws(PalantirError) {
        guard !address.hasAnsweredExample else { return }
        let deadline = Deadline.after(Self.timeout)
        let spec = deployable.spec.deployed(at: address)
        guard let input = await row.input(for: deployable, by: deadline) else { return }
        let answer = await models.invoke([input], of: spec, by: deadline).first
        if case .failure(let error) = answer {
            throw .notStarted("it does not answer for a row of \(spec.featureTable.name): \(error.message)")
        }
    }
}
