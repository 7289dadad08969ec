/// The five steps of a prediction, top to bottom.
package struct Predictor: Sendable {
    private let registry: RegistryMirror
    private let features: any FeatureStore
    private let models: any ModelInvoking
    private let deployed: DeployedEndpoints

    package init(
        registry: RegistryMirror, features: any FeatureStore, models: any ModelInvoking, deployed: DeployedEndpoints
    ) {
        self.registry = registry
        self.features = features
        self.models = models
        self.deployed = deployed
    }

    /// Answers a request.
    ///
    /// - Throws: what concerns the whole request; what concerns single entities stands in the prediction's outcomes.
    package func predict(
        _ request: PredictionRequest, by deadline: Deadline, timeline: Timeline
    ) async throws(PalantirError) -> Prediction {
        // 1. Registry: the model's name → how it is served; for one that the hub runs itself, by which process.
        let (spec, lease) = try await timeline.measure(.registry) { _ throws(PalantirError) in
            let (model, choice) = try await registry.model(for: request.model, by: deadline)
            timeline.found(model.metrics)
            let spec = try model.spec(choice)
            guard spec.isDeployed else { return (spec, nil as DeployedEndpoints.Lease?) }
            let lease = try await deployed.lease(ExactText(spec.modelName), by: deadline)
            return (lease.spec, lease)
        }
        defer { lease?.end() }
        try refuseKey(of: spec.featureTable, in: request)
        // 2. Features: ids → rows.
        let rows = try await timeline.measure(.features) { stage throws(PalantirError) in
            try await features.features(of: request.ids, in: spec.featureTable, by: deadline, for: stage)
        }
        // 3. Assemble: the rows with the request's own values → the model's inputs.
        let inputs = zip(request.ids, rows).compactMap { id, row in
            (try? row.get()).map { row in
                ModelInput(id: id, row: request.features[id].map(row.overridden(by:)) ?? row)
            }
        }
        // 4. Invoke: inputs → labels and values.
        var answers = await timeline.measure(.model) { stage in
            inputs.isEmpty ? [] : await models.invoke(inputs, of: spec, by: deadline, for: stage)
        }
        if let lease, lease.hasWaited { answers = answers.map(lease.told) }
        // 5. Answer: by the ids that were asked.
        var next = answers.makeIterator()
        let outcomes = zip(request.ids, rows).map { id, row in
            Prediction.Outcome(id: id, result: row.flatMap { _ in next.next() ?? .failure(.unanswered(id)) })
        }
        return Prediction(version: spec.version, outcomes: outcomes)
    }
}

extension Predictor {
    /// The key chooses the row: a value in its place would be answered under another entity's id.
    private func refuseKey(of table: FeatureTable, in request: PredictionRequest) throws(PalantirError) {
        let key = table.entityKey.text.lowercased()
        for features in request.features.values where features.values.contains(where: { $0.name.lowercased() == key }) {
            throw .invalid("`features` cannot replace `\(table.entityKey)`, the entity's key.")
        }
    }
}

extension PalantirError {
    /// An invoker that returned fewer outcomes than inputs: against its contract, so the id fails and no other shifts
    /// into its place unseen.
    fileprivate static func unanswered(_ id: EntityID) -> PalantirError {
        PalantirError(.modelBadAnswer, "The model did not answer for the id \(id.text.debugDescription).")
    }

    package static func entityNotFound(_ id: EntityID, in table: FeatureTable) -> PalantirError {
        PalantirError(
            .entityNotFound, "The feature table \(table.name) holds no entity \(id.text.debugDescription).")
    }
}
