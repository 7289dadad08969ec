/// How one version of a registered model is served: its tags, parsed.
package struct ServingSpec: Hashable, Sendable {
    package let modelName: String
    /// Nil if the registered model has no versions.
    package let version: Int?
    package let featureTable: FeatureTable
    /// Where the model's API is; several are replicas. Empty for a model that the hub deploys itself, until it runs.
    package let uris: [ModelURI]
    /// Whether the hub deploys it.
    package let isDeployed: Bool
    /// What a model that the hub runs wants to see with each request.
    package let secret: String?
    package let contract: Contract
    package let timeout: Duration?
    package let maxBatchSize: Int?
    package let maxConcurrency: Int?
    /// After how long without requests a model that the hub runs leaves memory.
    package let idleLimit: Duration?
    /// How many processes of it are to run, where the hub deploys it; nil if the tags do not say.
    package let replicas: ReplicaRange?

    /// How rows are sent to the model and predictions read from it.
    package enum Contract: String, CaseIterable, Sendable {
        /// `{"values":[{…}]}` out, `{"predictions":{id:{label:value}}}` back.
        case values
    }
}

extension ServingSpec {
    /// Parses the tags of a version of a registered model.
    ///
    /// - Throws: `MODEL_MISCONFIGURED`, naming the tag, its value and what is allowed.
    package init(
        model: RegisteredModel, version: ModelVersion?, deployment policy: DeploymentPolicy = .off,
        hosts: ModelHostRules = ModelHostRules()
    ) throws(PalantirError) {
        let tags = ServingTags(model: model.name, tags: model.tags(for: version))
        modelName = model.name
        self.version = version?.number
        featureTable = try FeatureTable(tags: tags)
        contract =
            try tags.parse(
                "contract", expecting: "one of \(Contract.allCases.map(\.rawValue).joined(separator: ", "))",
                Contract.init(rawValue:)) ?? .values
        let tagged = try tags.parse("autodeploy", expecting: "true or false") { Bool($0) } ?? false
        idleLimit = try tags.parse("autodeploy_idle_s", expecting: "seconds from 1 to 31536000") { text in
            Int(text).flatMap { (1...31_536_000).contains($0) ? .seconds($0) : nil }
        }
        replicas = try ReplicaRange(tags: tags)
        timeout = try tags.parse("timeout_ms", expecting: "milliseconds from 1 to 600000") { text in
            Int(text).flatMap { (1...600_000).contains($0) ? .milliseconds($0) : nil }
        }
        maxBatchSize = try tags.parse("max_batch_size", expecting: "a number from 1 to 10000") { text in
            Int(text).flatMap { (1...10_000).contains($0) ? $0 : nil }
        }
        maxConcurrency = try tags.parse("max_concurrency", expecting: "a number from 1 to 1000") { text in
            Int(text).flatMap { (1...1_000).contains($0) ? $0 : nil }
        }
        let uris = try tags.uris(allowedBy: hosts)
        secret = nil
        if let uris {
            // One that a person set wins.
            self.uris = uris
            isDeployed = false
        } else if let version, policy.deploys(model.name, tagged: tagged) {
            guard version.status == ModelVersion.readyStatus else {
                throw .misconfigured(model: model.name, "its version \(version.number) is not READY in MLflow")
            }
            self.uris = []
            isDeployed = true
        } else if tagged {
            throw .misconfigured(
                model: model.name,
                "it waits to be deployed; set its tag `uri`, or let the hub deploy it by PALANTIR_AUTODEPLOY=tagged "
                    + "(and PALANTIR_AUTODEPLOY_MODELS)")
        } else {
            throw tags.missing(ServingTags.address, "the address of the model's API")
        }
    }

    /// The same, with where it runs.
    func deployed(at address: DeployedAddress) -> ServingSpec {
        // Each replica is to have a call under way.
        ServingSpec(
            self, uris: [address.uri], secret: address.secret,
            maxConcurrency: maxConcurrency ?? (address.isReplicated ? replicas?.most : nil))
    }

    private init(_ other: ServingSpec, uris: [ModelURI], secret: String?, maxConcurrency: Int?) {
        modelName = other.modelName
        version = other.version
        featureTable = other.featureTable
        self.uris = uris
        isDeployed = other.isDeployed
        self.secret = secret
        contract = other.contract
        timeout = other.timeout
        maxBatchSize = other.maxBatchSize
        self.maxConcurrency = maxConcurrency
        idleLimit = other.idleLimit
        replicas = other.replicas
    }
}

/// The tags of one model version, read one by one.
package struct ServingTags {
    let model: String
    let tags: [String: String]

    /// The tag that says where a model is.
    package static let address = "uri"

    func parse<Value>(
        _ tag: String, expecting expected: String, _ parse: (String) -> Value?
    ) throws(PalantirError) -> Value? {
        guard let text = tags[tag], !text.isEmpty else { return nil }
        guard let value = parse(text) else { throw wrong(tag, expected) }
        return value
    }

    /// The addresses of the tag `uri`; nil without it. Whoever asks for a prediction is not told what stands there, since
    /// the addresses of other machines are nothing of theirs.
    func uris(allowedBy hosts: ModelHostRules) throws(PalantirError) -> [ModelURI]? {
        guard let text = tags[Self.address], !text.isEmpty else { return nil }
        var uris: [ModelURI] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = String(part.trimmingSpaces)
            do throws(ModelURI.Problem) {
                let uri = try ModelURI(parsing: part)
                if let refusal = hosts.refusal(of: uri) { throw ModelURI.Problem(reason: refusal) }
                uris.append(uri)
            } catch {
                // User info may be a password.
                let shown = part.contains("@") ? "an address" : part.debugDescription
                throw .misconfigured(
                    model: model,
                    "its tag `uri` is not allowed; expected are http or https addresses without user info, separated by "
                        + "commas, of hosts that PALANTIR_MODEL_HOSTS allows",
                    cause: "\(shown): \(error.reason)")
            }
        }
        return uris
    }

    func wrong(_ tag: String, _ expected: String) -> PalantirError {
        misconfigured("its tag `\(tag)` is \(tags[tag, default: ""].debugDescription); expected is \(expected)")
    }

    func missing(_ tag: String, _ meaning: String) -> PalantirError {
        misconfigured("its tag `\(tag)` (\(meaning)) is missing; set it in MLflow")
    }

    private func misconfigured(_ what: String) -> PalantirError {
        .misconfigured(model: model, what)
    }
}

extension PalantirError {
    package static func misconfigured(model: String, _ what: String, cause: String? = nil) -> PalantirError {
        PalantirError(
            .modelMisconfigured, "The model \(model.debugDescription) is misconfigured: \(what).", cause: cause)
    }
}
