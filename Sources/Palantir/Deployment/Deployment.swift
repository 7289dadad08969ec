/// A deployment as people see it: a registered model that the hub serves itself.
package struct Deployment: Hashable, Sendable {
    package let model: String
    /// The version that answers; while none does, the one that is on its way.
    package let version: Int
    package let state: State
    /// Where it runs: `local` or `ray`.
    package let target: String
    /// Where it answers; nil while it does not.
    package let address: ModelURI?
    package let since: ContinuousClock.Instant
    /// How often it ended by itself and was started again.
    package let restarts: Int
    /// What went wrong last, and with which version; nil once all is well.
    package let failure: Failure?
    /// The version that is to take over, while another still answers.
    package let next: Int?

    package enum State: String, CaseIterable, Sendable {
        /// Wanted, and not begun.
        case pending
        /// Its artifacts are downloaded, its environment is built.
        case preparing
        /// Its process starts, loads the model and answers its example.
        case starting
        case ready
        /// Another has taken over; it answers what it has begun.
        case draining
        case failed
        /// Not in memory: the next request starts it.
        case stopped
    }

    package struct Failure: Hashable, Sendable {
        package let version: Int
        package let reason: String
        package let attempts: Int
        package let nextTry: ContinuousClock.Instant
    }
}

/// What is to be deployed: one version of a registered model, as the registry has it.
package struct DeployableVersion: Hashable, Sendable {
    /// How it is served; without addresses.
    package let spec: ServingSpec
    package let version: Int
    /// Where MLflow says that its artifacts are; it tells a version from one of the same number of a deleted model.
    package let source: String

    package var model: String { spec.modelName }

    package init(spec: ServingSpec, version: Int, source: String) {
        self.spec = spec
        self.version = version
        self.source = source
    }

    /// Whether the same process serves both: tags may change under a version without a new start.
    func isSameProcess(as other: DeployableVersion) -> Bool {
        ExactText(model) == ExactText(other.model) && version == other.version && source == other.source
    }
}

/// One attempt to run a version; another attempt is another run, so that what is told of an old one cannot be taken for
/// news of a new one.
package struct DeploymentRun: Hashable, Sendable {
    package let number: UInt64
    package let deployable: DeployableVersion
    /// Whether somebody asked for it, although the same version may serve: it is to be started anew.
    package let isRestart: Bool

    package init(number: UInt64, deployable: DeployableVersion, isRestart: Bool = false) {
        self.number = number
        self.deployable = deployable
        self.isRestart = isRestart
    }

    package var model: ExactText { ExactText(deployable.model) }
}

/// Where a run answers.
package struct DeployedAddress: Hashable, Sendable {
    package let uri: ModelURI
    /// Sent with each request, so that it answers nobody else; nil if it needs none.
    package let secret: String?
    /// Whether it has answered its own input example.
    package let hasAnsweredExample: Bool
    /// Whether as many processes answer there as the tags ask for.
    package let isReplicated: Bool

    package init(uri: ModelURI, secret: String?, hasAnsweredExample: Bool, isReplicated: Bool = false) {
        self.uri = uri
        self.secret = secret
        self.hasAnsweredExample = hasAnsweredExample
        self.isReplicated = isReplicated
    }
}
