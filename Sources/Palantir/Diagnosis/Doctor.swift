/// Looks at each link of the way of a prediction, beside the requests' way, and says of each whether it is well.
package struct Doctor: Sendable {
    private let mlflow: MLflowRegistry?
    private let features: any InspectableFeatureStore
    private let probe: ModelProbe
    private let criteria: Reloadable<Criteria>

    /// For each thing that is asked: a system that is slower is not well.
    private static let patience = Duration.seconds(5)

    /// What findings are judged by: settings, as they are.
    package struct Criteria: Sendable {
        let policy: DeploymentPolicy
        fileprivate(set) var hosts: ModelHostRules
        /// As they were written; nil where unset.
        fileprivate(set) var allowedHosts: String?
        let allowedTables: [String]?
        fileprivate(set) var maximumAge: Duration?
        let storeIsFile: Bool

        package init(
            policy: DeploymentPolicy = .off, hosts: ModelHostRules = ModelHostRules(), allowedHosts: String? = nil,
            allowedTables: [String]? = nil, maximumAge: Duration? = nil, storeIsFile: Bool = true
        ) {
            self.policy = policy
            self.hosts = hosts
            self.allowedHosts = allowedHosts
            self.allowedTables = allowedTables
            self.maximumAge = maximumAge
            self.storeIsFile = storeIsFile
        }
    }

    /// - Parameters:
    ///   - mlflow: nil for a registry that is none, in tests.
    ///   - features: the feature store's inspection.
    ///   - probe: asks an endpoint whether anybody is there.
    ///   - criteria: by which findings are judged.
    package init(
        mlflow: MLflowRegistry?, features: any InspectableFeatureStore, probe: ModelProbe, criteria: Criteria
    ) {
        self.mlflow = mlflow
        self.features = features
        self.probe = probe
        self.criteria = Reloadable(criteria)
    }

    /// Judges by other settings from now on, as far as they hold before the next start.
    package func reload(_ new: Criteria) {
        criteria.update { criteria in
            criteria.allowedHosts = new.allowedHosts
            criteria.maximumAge = new.maximumAge
        }
    }

    /// Judges addresses by other rules from now on.
    package func apply(_ hosts: ModelHostRules) {
        criteria.update { $0.hosts = hosts }
    }

    // MARK: - Components

    package func registry() async -> [Finding] {
        guard let mlflow else { return [] }
        return RegistryDiagnosis.findings(await mlflow.inspect(by: .after(Self.patience)))
    }

    package func featureStore() async -> [Finding] {
        do throws(PalantirError) {
            return StoreDiagnosis.findings(try await features.inspect(by: .after(Self.patience)))
        } catch {
            return [StoreDiagnosis.unavailable(error, isFile: criteria.current.storeIsFile)]
        }
    }

    // MARK: - A model

    /// - Parameters:
    ///   - model: the registered model.
    ///   - version: the one to look at; nil for a registered model without any.
    ///   - signature: what the served version was logged with, if the registry told.
    ///   - deployment: how a running hub runs it; nil if it does not, or none is asked.
    package func findings(
        of model: RegisteredModel, _ version: ModelVersion?, signature: SignatureLookUp, deployment: Deployment?
    ) async -> [Finding] {
        let criteria = criteria.current
        let remedy = TagRemedy(model: model, version: version)
        let tags = TagDiagnosis(
            remedy: remedy, policy: criteria.policy, hosts: criteria.hosts, allowedHosts: criteria.allowedHosts
        ).result()
        let endpoint = await endpoint(tags.spec, remedy)
        let deployed = tags.spec.flatMap { spec in
            spec.isDeployed ? DeploymentDiagnosis(model: model.name, deployment: deployment).finding() : nil
        }
        let stored = await table(tags.table, remedy, signature)
        return tags.findings + endpoint + [deployed].compactMap(\.self) + stored
    }

    /// What the registry told of a version's signature.
    package enum SignatureLookUp: Sendable {
        case known(ModelSignature)
        /// The model was logged without one, or has no version.
        case none
        /// It was not asked yet, or could not tell.
        case unknown(PalantirError?)
    }

    /// Calls the model with a real row.
    package func call(_ spec: ServingSpec, of model: RegisteredModel, by models: any ModelInvoking) async -> Finding? {
        guard !spec.uris.isEmpty else { return nil }
        let version = spec.version.flatMap(model.version)
        let diagnosis = EndpointDiagnosis(remedy: TagRemedy(model: model, version: version))
        let deadline = Deadline.after(spec.timeout ?? Self.patience)
        do throws(PalantirError) {
            guard let id = try await features.anyEntity(in: spec.featureTable, by: deadline) else {
                return diagnosis.call(nil)
            }
            guard let row = try await features.features(of: [id], in: spec.featureTable, by: deadline).first else {
                return diagnosis.call(nil)
            }
            let input = ModelInput(id: id, row: try row.get())
            return diagnosis.call(await models.invoke([input], of: spec, by: deadline).first)
        } catch {
            return diagnosis.call(.failure(error))
        }
    }

    private func endpoint(_ spec: ServingSpec?, _ remedy: TagRemedy) async -> [Finding] {
        guard let spec, !spec.uris.isEmpty else { return [] }
        let outcomes = await spec.uris.concurrentMap(width: spec.uris.count) { [probe] uri in
            await probe.ask(uri, by: .after(Self.patience))
        }
        return EndpointDiagnosis(remedy: remedy).findings(outcomes)
    }

    private func table(
        _ table: FeatureTable?, _ remedy: TagRemedy, _ signature: SignatureLookUp
    ) async -> [Finding] {
        guard let table else { return [] }
        let inspection: TableInspection
        do throws(PalantirError) {
            inspection = try await features.inspect(table, by: .after(Self.patience))
        } catch {
            return [
                .error(
                    .featureTable, of: remedy.model.name,
                    "Its feature table \(table.name) cannot be looked at. \(error.message)",
                    remedy: "See what is said of the feature store.",
                    cause: error.code == .featureStoreUnavailable ? Finding.Component.featureStore : nil)
            ]
        }
        let criteria = criteria.current
        let diagnosis = TableDiagnosis(
            remedy: remedy, table: table, maximumAge: criteria.maximumAge, allowedTables: criteria.allowedTables)
        return diagnosis.findings(inspection) + signed(inspection, table, remedy, signature)
    }

    private func signed(
        _ inspection: TableInspection, _ table: FeatureTable, _ remedy: TagRemedy, _ signature: SignatureLookUp
    ) -> [Finding] {
        let name = remedy.model.name
        switch signature {
        case .none:
            return [.ok(.signature, of: name, "It was logged without a signature: its columns are not compared.")]
        case .unknown(nil): return []
        case .unknown(let error?):
            return [
                .warning(
                    .signature, of: name,
                    "Its signature cannot be read, so its columns are not compared. \(error.message)",
                    remedy:
                        "See that MLflow itself can read its artifacts (mlflow server --artifacts-destination, and the "
                        + "store's credentials).")
            ]
        case .known(let signature):
            guard let inputs = SignatureColumn.inputs(of: signature) else {
                return [.ok(.signature, of: name, "Its signature names no columns: they are not compared.")]
            }
            guard case .present(let facts) = inspection, facts.column(table.entityKey) != nil else { return [] }
            return SignatureDiagnosis(remedy: remedy, table: table, facts: facts, inputs: inputs).findings()
        }
    }
}
