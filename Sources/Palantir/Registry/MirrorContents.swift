/// What the mirror knows, and its rules for believing the registry: a pure value, events in, decisions out.
package struct MirrorContents: Sendable {
    package private(set) var models: [ExactText: MirroredModel] = [:]
    /// When models were asked for by name, of those that the last list may not have known yet.
    private var learned: [ExactText: ContinuousClock.Instant] = [:]
    /// Names, aliases and versions that the registry said it has not, and until when that is believed.
    private var unknown: [ModelReference.Candidate: ContinuousClock.Instant] = [:]
    private var emptyAnswersInARow = 0

    /// How many empty answers in a row it takes to believe that a registry that had models has none: one may be a
    /// database that was swapped or not yet restored.
    package static let emptyAnswersToBelieve = 3
    /// How long an unknown name is remembered: a model registered now is served this much later at most.
    package static let unknownLifetime = Duration.seconds(2)
    /// Bounds the memory that made-up names can take.
    private static let maximumUnknown = 10_000

    private let policy: DeploymentPolicy
    private var hosts: ModelHostRules

    package init(deployment policy: DeploymentPolicy = .off, hosts: ModelHostRules = ModelHostRules()) {
        self.policy = policy
        self.hosts = hosts
    }

    /// Judges all tags anew, by other rules.
    package mutating func apply(_ hosts: ModelHostRules) {
        self.hosts = hosts
        models = models.mapValues {
            MirroredModel($0.model, deployment: policy, hosts: hosts, metrics: $0.metrics)
        }
    }

    package enum Resolution: Sendable {
        case found(MirroredModel, ModelReference.Candidate)
        /// The registry said a moment ago that there is none.
        case unknown(PalantirError)
        /// The registry has to be asked for the first of these that it has.
        case ask([ModelReference.Candidate])
    }

    /// Finds what a request asks for in memory alone.
    package func resolve(_ reference: ModelReference, at now: ContinuousClock.Instant) -> Resolution {
        let candidates = reference.candidates
        for candidate in candidates {
            if let model = models[candidate.name], model.has(candidate.choice) { return .found(model, candidate) }
        }
        let asked = candidates.filter { unknown[$0].map { $0 <= now } ?? true }
        return asked.isEmpty ? .unknown(notFound(candidates)) : .ask(asked)
    }

    /// The error that says best what is missing: a version of a model that exists, or the model.
    package func notFound(_ candidates: [ModelReference.Candidate]) -> PalantirError {
        for candidate in candidates.reversed() where models[candidate.name] != nil {
            let name = candidate.name.text.debugDescription
            switch candidate.choice {
            case .alias(let alias):
                return PalantirError(
                    .versionNotFound, "The model \(name) has no alias \(alias.debugDescription) in the registry.")
            case .version(let number):
                return PalantirError(.versionNotFound, "The model \(name) has no version \(number) in the registry.")
            case .served: continue
            }
        }
        let name = candidates.first?.name.text ?? ""
        return PalantirError(.modelNotFound, "No model \(name.debugDescription) is registered in MLflow.")
    }

    package enum Acceptance: Hashable, Sendable {
        case unchanged
        case changed
        /// An empty answer that is not believed yet.
        case notBelieved
    }

    /// Takes over the registry's whole list.
    ///
    /// - Parameters:
    ///   - list: every registered model.
    ///   - asked: when the list was asked for; what was learnt of single models since then is newer.
    ///   - now: the present.
    package mutating func accept(
        _ list: [RegisteredModel], askedAt asked: ContinuousClock.Instant, at now: ContinuousClock.Instant
    ) -> Acceptance {
        if list.isEmpty, !models.isEmpty {
            emptyAnswersInARow += 1
            if emptyAnswersInARow < Self.emptyAnswersToBelieve { return .notBelieved }
        }
        emptyAnswersInARow = 0
        var next = Dictionary(minimumCapacity: list.count) as [ExactText: MirroredModel]
        var changed = false
        for model in list {
            let name = ExactText(model.name)
            if let known = models[name], known.model == model {
                next[name] = known
            } else {
                next[name] = MirroredModel(
                    model, deployment: policy, hosts: hosts, metrics: models[name]?.metrics ?? ModelMetrics())
                changed = true
            }
        }
        for (name, model) in models where next[name] == nil {
            if let learned = learned[name], learned > asked { next[name] = model } else { changed = true }
        }
        models = next
        learned = learned.filter { $0.value > asked }
        unknown = unknown.filter { $0.value > now }
        return changed ? .changed : .unchanged
    }

    /// Takes over one model that was asked for directly. Such an answer holds some of its versions only; those that
    /// were known before stay, until the next whole list says otherwise.
    package mutating func learn(_ model: RegisteredModel, at now: ContinuousClock.Instant) {
        let name = ExactText(model.name)
        let known = models[name]?.model.versions.filter { model.version($0.number) == nil } ?? []
        let merged = RegisteredModel(
            name: model.name, description: model.description, tags: model.tags, aliases: model.aliases,
            versions: model.versions + known)
        models[name] = MirroredModel(
            merged, deployment: policy, hosts: hosts, metrics: models[name]?.metrics ?? ModelMetrics())
        learned[name] = now
    }

    /// Remembers for a moment that there is no such model, alias or version.
    package mutating func rememberUnknown(_ candidate: ModelReference.Candidate, at now: ContinuousClock.Instant) {
        if unknown.count >= Self.maximumUnknown { unknown = unknown.filter { $0.value > now } }
        if unknown.count < Self.maximumUnknown { unknown[candidate] = now.advanced(by: Self.unknownLifetime) }
    }
}

/// A registered model with its served version's tags already parsed. A class, so that a request takes one reference
/// out of the mirror's lock.
///
/// It stores no type whose size the Swift library may change, such as `ContinuousClock.Instant`. With one, the places of
/// the properties behind it are known at run time only, and Swift 6.3 with optimisation read the place of `metrics` before
/// it was set: of the first model of all, learnt by name while there was no list yet, it wrote over the object's head.
package final class MirroredModel: Sendable {
    package let model: RegisteredModel
    package let served: Result<ServingSpec, PalantirError>
    /// Stays while the model is registered, whatever its tags become.
    package let metrics: ModelMetrics
    private let policy: DeploymentPolicy
    private let hosts: ModelHostRules

    init(
        _ model: RegisteredModel, deployment policy: DeploymentPolicy, hosts: ModelHostRules, metrics: ModelMetrics
    ) {
        self.metrics = metrics
        self.model = model
        self.policy = policy
        self.hosts = hosts
        self.served = Result { () throws(PalantirError) in
            try ServingSpec(model: model, version: model.servedVersion, deployment: policy, hosts: hosts)
        }
    }

    /// What the hub is to deploy of it; nil if nothing.
    package var deployable: DeployableVersion? {
        guard let spec = try? served.get(), spec.isDeployed, let version = model.servedVersion else { return nil }
        return DeployableVersion(spec: spec, version: version.number, source: version.source)
    }

    /// Whether its tag asks for a deployment that the operator has not allowed.
    package var waitsForDeployment: Bool {
        guard case .failure = served, model.tags(for: model.servedVersion)["autodeploy"] == "true" else { return false }
        return model.tags(for: model.servedVersion)["uri", default: ""].isEmpty
    }

    /// The version that a request chooses, and nil for a registered model without versions.
    package func version(_ choice: ModelReference.Choice) -> ModelVersion? {
        switch choice {
        case .served: model.servedVersion
        case .version(let number): model.version(number)
        // MLflow reserves this alias for the latest version.
        case .alias("latest"): model.versions.last
        case .alias(let alias): model.aliases[alias].flatMap(model.version)
        }
    }

    func has(_ choice: ModelReference.Choice) -> Bool {
        choice == .served || version(choice) != nil
    }

    /// How that version is served.
    package func spec(_ choice: ModelReference.Choice) throws(PalantirError) -> ServingSpec {
        guard choice != .served else { return try served.get() }
        let version = version(choice)
        // What the hub deploys is the served version.
        guard version?.number != model.servedVersion?.number else { return try served.get() }
        let spec = try ServingSpec(model: model, version: version, deployment: policy, hosts: hosts)
        guard !spec.isDeployed else {
            throw .misconfigured(
                model: model.name,
                "its version \(version?.number ?? 0) has no tag `uri`, and the hub deploys the served version only")
        }
        return spec
    }
}
