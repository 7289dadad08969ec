import Logging

/// Every knob. Numbers are justified where they stand.
extension Setting where Value == String {
    package static let host = Setting(
        "PALANTIR_HOST", flag: "host", type: "address", default: "127.0.0.1",
        summary:
            "The address to listen on. Elsewhere than on loopback callers must say who they are, or PALANTIR_ALLOW_ANONYMOUS be true."
    ) { $0 }
    package static let data = Setting(
        "PALANTIR_DATA", flag: "data", type: "folder", default: "palantir-data",
        summary: "A folder of Palantir's own: the registry's snapshot and the embedded feature store."
    ) { $0 }
    package static let mlflowUser = Setting(
        "MLFLOW_TRACKING_USERNAME", type: "text", default: "none", secret: true,
        summary: "The user for MLflow's basic authentication; needs MLFLOW_TRACKING_PASSWORD."
    ) { $0 }
    package static let mlflowPassword = Setting(
        "MLFLOW_TRACKING_PASSWORD", type: "text", default: "none", secret: true,
        summary: "The password for MLflow's basic authentication."
    ) { $0 }
    package static let mlflowToken = Setting(
        "MLFLOW_TRACKING_TOKEN", type: "text", default: "none", secret: true,
        summary: "A bearer token for MLflow; basic authentication wins where both are set, as in MLflow's own client."
    ) { $0 }
}

extension Setting where Value == MLflowURI {
    package static let mlflow = Setting(
        "MLFLOW_URI", flag: "mlflow-uri", type: "http(s) address", default: "required",
        summary:
            "The MLflow tracking server, such as http://127.0.0.1:5000. MLFLOW_TRACKING_URI is read if it is unset."
    ) { MLflowURI($0) }
    package static let mlflowTracking = Setting(
        "MLFLOW_TRACKING_URI", type: "http(s) address", default: "none",
        summary: "MLflow's own name for MLFLOW_URI."
    ) { MLflowURI($0) }
}

extension Setting where Value == Logger.Level {
    package static let logLevel = Setting(
        "PALANTIR_LOG_LEVEL", flag: "log-level", type: "level", default: "info",
        range: "trace, debug, info, notice, warning, error or critical",
        summary: "How much is logged; requests are logged at debug."
    ) { Logger.Level(rawValue: $0) }
}

extension Setting where Value == Int {
    package static let port = integer(
        "PALANTIR_PORT", flag: "port", default: 3000, in: 0...65_535,
        summary: "The port to listen on; 0 takes a free one and says which.")
    package static let maxBodyBytes = integer(
        // 10,000 ids of 64 bytes fit with room.
        "PALANTIR_MAX_BODY_BYTES", flag: "max-body-bytes", default: 1_048_576, in: 1_024...67_108_864,
        summary: "The largest request body; beyond it BODY_TOO_LARGE.")
    package static let maxInFlight = integer(
        // Four times the 256 clients that one hub is measured with.
        "PALANTIR_MAX_IN_FLIGHT", flag: "max-in-flight", default: 1_024, in: 1...1_000_000,
        summary: "Prediction requests worked on at once; beyond it OVERLOADED.")
    package static let featureStoreConnections = integer(
        // On two cores, two connections already give the database's most look-ups a second; four help long batches.
        "PALANTIR_FEATURE_STORE_CONNECTIONS", flag: "feature-store-connections", default: 4, in: 1...64,
        summary: "The most connections to the feature store, one thread each.")
    package static let maxBatchSize = integer(
        // A scikit-learn model answers 128 rows in the time of one; beyond 1,000 the bodies grow and nothing is won.
        "PALANTIR_MODEL_MAX_BATCH_SIZE", flag: "model-max-batch-size", default: 1_000, in: 1...10_000,
        summary: "The most entities in one call to a model; the tag max_batch_size overrides it.")
    package static let maxConcurrency = integer(
        // One large call costs a Python model less than several small ones. Of 64 clients a scikit-learn model behind
        // Flask answered 27 times as many as without a hub with 1, 16 times with 2, 11 times with 4; behind two
        // workers of uvicorn 25, 13 and 11 times; a model that costs nothing answered as many with 1 as with 2.
        "PALANTIR_MODEL_MAX_CONCURRENCY", flag: "model-max-concurrency", default: 1, in: 1...1_000,
        summary: "The most calls to one replica of a model at once; the tag max_concurrency overrides it.")
    package static let maxAnswerBytes = integer(
        "PALANTIR_MODEL_MAX_ANSWER_BYTES", flag: "model-max-answer-bytes", default: 16_777_216,
        in: 1_024...1_073_741_824,
        summary: "The largest answer of a model; beyond it MODEL_BAD_ANSWER.")
}

extension Setting where Value == Duration {
    package static let registryRefresh = milliseconds(
        "PALANTIR_REGISTRY_REFRESH_MS", flag: "registry-refresh-ms", default: 5_000, in: 100...3_600_000,
        summary: "The time between two looks at MLflow: a changed tag is in force after at most that.")
    package static let requestTimeout = milliseconds(
        "PALANTIR_REQUEST_TIMEOUT_MS", flag: "request-timeout-ms", default: 5_000, in: 1...600_000,
        summary: "A request's deadline; the header x-request-timeout-ms can lower it.")
    package static let readTimeout = milliseconds(
        "PALANTIR_READ_TIMEOUT_MS", flag: "read-timeout-ms", default: 10_000, in: 100...600_000,
        summary: "The time in which a request must have arrived whole; beyond it REQUEST_TIMEOUT.")
}

extension Setting where Value == Bool {
    package static let allowAnonymous = flag(
        "PALANTIR_ALLOW_ANONYMOUS", flag: "allow-anonymous", default: false,
        summary: "Whether anyone who reaches the port may ask, on an address elsewhere than on loopback.")
}

extension Setting where Value == [String] {
    package static let hosts = list(
        "PALANTIR_HOSTS", flag: "hosts", default: "loopback names on loopback, else any",
        summary: "The names that a request's Host header may carry, without port; others get HOST_NOT_ALLOWED.")
    package static let featureTables = list(
        "PALANTIR_FEATURE_TABLES", flag: "feature-tables", default: "every table of the DSN's own database",
        summary: "Tables that feature_store tags may name, as database.table with * and ?; system schemas never.")
}

extension Setting where Value == FeatureStoreLocation {
    package static let mysqlDSN = Setting(
        "MYSQL_DSN", type: "DSN", default: "none", secret: true,
        summary: "MySQL or MariaDB as feature store: user:password@tcp(host:3306)/database, as go-sql-driver reads it."
    ) { (try? MySQLDSN($0)).map(FeatureStoreLocation.mysql) }
    package static let featureStoreURL = Setting(
        "FEATURE_STORE_URL", type: "address", default: "features.sqlite in PALANTIR_DATA",
        range: "sqlite:///path or mysql://user:password@host:3306/database", secret: true,
        summary: "The feature store by address, instead of MYSQL_DSN."
    ) { FeatureStoreLocation(url: $0) }
}

extension Setting where Value == String {
    /// Not the server's, but in the same environment often enough that `serve` must know it.
    package static let hubURL = Setting(
        "PALANTIR_URL", flag: "url", type: "http(s) address", default: "http://127.0.0.1:3000",
        summary: "Where the commands predict, models and features find the hub."
    ) { $0 }
}

extension Settings {
    /// All knobs, in the order of the docs.
    package static let catalog: [SettingDescription] = [
        Setting<MLflowURI>.mlflow.description, Setting<MLflowURI>.mlflowTracking.description,
        Setting<String>.mlflowUser.description, Setting<String>.mlflowPassword.description,
        Setting<String>.mlflowToken.description,
        Setting<FeatureStoreLocation>.mysqlDSN.description, Setting<FeatureStoreLocation>.featureStoreURL.description,
        Setting<String>.host.description, Setting<Int>.port.description, Setting<String>.data.description,
        Setting<Logger.Level>.logLevel.description, Setting<LogFormat>.logFormat.description,
        Setting<Duration>.registryRefresh.description,
        Setting<Duration>.requestTimeout.description, Setting<Duration>.readTimeout.description,
        Setting<Duration>.writeTimeout.description,
        Setting<Int>.maxBodyBytes.description, Setting<Int>.maxInFlight.description,
        Setting<Int>.maxConnections.description, Setting<Duration>.drainDelay.description,
        Setting<Duration>.drainTimeout.description,
        Setting<[String]>.hosts.description, Setting<Bool>.allowAnonymous.description,
        Setting<String>.keysFile.description, Setting<IssuerKeys.Source>.jwks.description,
        Setting<String>.jwtIssuer.description, Setting<String>.jwtAudience.description,
        Setting<Int>.rateRequests.description, Setting<Int>.rateEntities.description,
        Setting<String>.webhookSecret.description,
        Setting<String>.tlsCertificate.description, Setting<String>.tlsKey.description,
        Setting<String>.tlsClientAuthorities.description,
        Setting<String>.auditLog.description, Setting<Int>.auditMaxBytes.description,
        Setting<Bool>.auditIDs.description,
        Setting<BaseURL>.traceEndpoint.description, Setting<[TraceSettings.Header]>.traceHeaders.description,
        Setting<String>.traceService.description, Setting<Double>.traceSample.description,
        Setting<[String]>.featureTables.description, Setting<Int>.featureStoreConnections.description,
        Setting<Int>.featureMaximumAge.description,
        Setting<Int>.maxBatchSize.description, Setting<Int>.maxConcurrency.description,
        Setting<Int>.maxAnswerBytes.description,
        Setting<ModelHosts>.modelHosts.description, Setting<String>.authorities.description,
        Setting<DeploymentPolicy.Mode>.autodeploy.description, Setting<[String]>.autodeployModels.description,
        Setting<Int>.autodeployMaxResident.description, Setting<Int>.autodeployIdle.description,
        Setting<Int>.autodeployMemory.description, Setting<String>.autodeployUser.description,
        Setting<String>.python.description, Setting<PythonEnvironmentMode>.autodeployEnvironment.description,
        Setting<AutodeployTarget>.autodeployTarget.description,
        Setting<BaseURL>.ray.description, Setting<String>.rayToken.description, Setting<BaseURL>.rayServe.description,
        Setting<BaseURL>.rayCode.description, Setting<Bool>.rayAnonymous.description,
        Setting<String>.hubURL.description, Setting<String>.apiKey.description,
    ]
}
