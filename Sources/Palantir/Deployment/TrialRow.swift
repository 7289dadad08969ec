import NIOCore

/// A row of a model's feature table, for a version that was logged without an input example to be tried on.
package struct TrialRow: Sendable {
    private let features: any FeatureStore

    package init(features: any FeatureStore) {
        self.features = features
    }

    /// Nil without a row, or without the feature store: then nothing is known against the version.
    func input(for deployable: DeployableVersion, by deadline: Deadline) async -> ModelInput? {
        let table = deployable.spec.featureTable
        guard let id = try? await features.anyEntity(in: table, by: deadline),
            let row = try? await features.features(of: [id], in: table, by: deadline).first?.get()
        else { return nil }
        return ModelInput(id: id, row: row)
    }

    /// The body of a prediction on it, by the contract `values`; nil as above.
    package func request(for deployable: DeployableVersion, by deadline: Deadline) async -> ByteBuffer? {
        await input(for: deployable, by: deadline).map { ValuesContract.request([$0.row]) }
    }
}
