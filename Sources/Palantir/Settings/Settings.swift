import Logging

/// Everything `palantir serve` can be told, parsed once. The one table of names, types, defaults and ranges is
/// ``Settings/catalog``; the docs and `--help` are checked against it.
package struct Settings: Sendable {
    package let registry: MLflowSettings
    package let featureStore: FeatureStoreLocation
    package let host: String
    package let port: Int
    /// A folder of Palantir's own: the registry's snapshot and the embedded feature store.
    package let data: String
    package let logLevel: Logger.Level
    package let logFormat: LogFormat
    package let registryRefresh: Duration
    package let requestTimeout: Duration
    package let readTimeout: Duration
    package let writeTimeout: Duration
    package let maxBodyBytes: Int
    package let maxInFlight: Int
    package let maxConnections: Int
    package let hosts: [String]?
    package let access: AccessSettings
    package let featureTables: [String]?
    package let featureStoreConnections: Int
    /// Nil: rows may be as old as they like.
    package let featureMaximumAge: Duration?
    package let model: ModelLimits
    package let autodeploy: AutodeploySettings
    package let drain: DrainSettings
    /// Nil: plain HTTP.
    package let tls: TLSFiles?
    /// Nil: none is kept.
    package let audit: AuditSettings?
    package let egress: EgressSettings
    /// Nil: nothing is traced.
    package let traces: TraceSettings?
    /// What was set, by name, as it was written.
    let given: [String: String]

    /// Where the embedded feature store's file is.
    package var embeddedStorePath: String { data + "/features.sqlite" }
}

/// Where MLflow is and who we are there.
package struct MLflowSettings: Sendable {
    package let uri: MLflowURI
    package let credentials: Credentials?

    package enum Credentials: Sendable {
        case basic(user: String, password: String)
        case bearer(token: String)
    }

    package init(uri: MLflowURI, credentials: Credentials?) {
        self.uri = uri
        self.credentials = credentials
    }
}

/// What the hub deploys itself, and how.
package struct AutodeploySettings: Sendable {
    package let policy: DeploymentPolicy
    /// Nil: models run on this machine.
    package let ray: RaySettings?
    package let maxResident: Int
    /// After how long without requests a model leaves memory; nil: never.
    package let idle: Duration?
    /// Runs models, and has what they need.
    package let python: String
    /// Whose packages models run with.
    package let environment: PythonEnvironmentMode
    /// A replica's own memory in bytes.
    package let memoryLimit: Int
    /// The name of the user that replicas run as; nil for the hub's own, or `nobody` where that is root.
    package let user: String?
}

/// Which feature store serves.
package enum FeatureStoreLocation: Hashable, Sendable {
    case mysql(MySQLDSN)
    case sqlite(path: String)
}

/// Limits of a model's endpoint where its tags do not say otherwise.
package struct ModelLimits: Sendable {
    package let maxBatchSize: Int
    /// Calls to one replica at once.
    package let maxConcurrency: Int
    package let maxAnswerBytes: Int
    /// What a request has in all, and so the most that a call can take.
    package let timeout: Duration
    /// Entities that may wait for one model: ten of the largest requests.
    package let maxWaiting = 10 * PredictionRequest.maximumIDs

    package init(maxBatchSize: Int, maxConcurrency: Int, maxAnswerBytes: Int, timeout: Duration = .seconds(5)) {
        self.maxBatchSize = maxBatchSize
        self.maxConcurrency = maxConcurrency
        self.maxAnswerBytes = maxAnswerBytes
        self.timeout = timeout
    }
}

/// All that is wrong with the settings, a line each.
package struct SettingsError: Error, Sendable {
    package let problems: [String]

    package init(problems: [String]) {
        self.problems = problems
    }
}
