import ArgumentParser
import Logging
import Palantir

/// The flags of `palantir serve`: one for each setting that is no secret. They are taken as text, so that all that is
/// wrong is told at once, with the environment's.
struct ServeOptions: ParsableArguments {
    @Option(help: "MLFLOW_URI: the MLflow tracking server.") var mlflowUri: String?
    @Option(help: "PALANTIR_HOST: the address to listen on.") var host: String?
    @Option(help: "PALANTIR_PORT: the port to listen on.") var port: String?
    @Option(help: "PALANTIR_DATA: Palantir's own folder.") var data: String?
    @Option(help: "PALANTIR_LOG_LEVEL: how much is logged.") var logLevel: String?
    @Option(help: "PALANTIR_LOG_FORMAT: auto, text or json.") var logFormat: String?
    @Option(help: "PALANTIR_REGISTRY_REFRESH_MS: between two looks at MLflow.") var registryRefreshMs: String?
    @Option(help: "PALANTIR_REQUEST_TIMEOUT_MS: a request's deadline.") var requestTimeoutMs: String?
    @Option(help: "PALANTIR_READ_TIMEOUT_MS: for a request to arrive.") var readTimeoutMs: String?
    @Option(help: "PALANTIR_WRITE_TIMEOUT_MS: for a client to take of its answer.") var writeTimeoutMs: String?
    @Option(help: "PALANTIR_MAX_BODY_BYTES: the largest request body.") var maxBodyBytes: String?
    @Option(help: "PALANTIR_MAX_IN_FLIGHT: predictions at once.") var maxInFlight: String?
    @Option(help: "PALANTIR_MAX_CONNECTIONS: open at once.") var maxConnections: String?
    @Option(help: "PALANTIR_DRAIN_DELAY: serving on after SIGTERM.") var drainDelay: String?
    @Option(help: "PALANTIR_DRAIN_TIMEOUT: for what is under way then.") var drainTimeout: String?
    @Option(help: "PALANTIR_HOSTS: allowed Host headers.") var hosts: String?
    @Option(help: "PALANTIR_KEYS_FILE: the file of API keys.") var keysFile: String?
    @Option(help: "PALANTIR_JWKS: the keys of the tokens' issuer.") var jwks: String?
    @Option(help: "PALANTIR_JWT_ISSUER: what iss must be.") var jwtIssuer: String?
    @Option(help: "PALANTIR_JWT_AUDIENCE: what aud must hold.") var jwtAudience: String?
    @Option(help: "PALANTIR_RATE_REQUESTS: a caller's, a second.") var rateRequests: String?
    @Option(help: "PALANTIR_RATE_ENTITIES: a caller's, a second.") var rateEntities: String?
    @Option(help: "PALANTIR_ALLOW_ANONYMOUS: true to listen elsewhere than on loopback.") var allowAnonymous: String?
    @Option(help: "PALANTIR_TLS_CERTIFICATE: the server's, in PEM.") var tlsCertificate: String?
    @Option(help: "PALANTIR_TLS_KEY: its private key, in PEM.") var tlsKey: String?
    @Option(help: "PALANTIR_TLS_CLIENT_CA: of clients' certificates, in PEM.") var tlsClientCa: String?
    @Option(help: "PALANTIR_AUDIT_LOG: a file that tells who did what.") var auditLog: String?
    @Option(help: "PALANTIR_AUDIT_MAX_BYTES: of that file.") var auditMaxBytes: String?
    @Option(help: "PALANTIR_AUDIT_IDS: true for ids as they are.") var auditIds: String?
    @Option(help: "OTEL_EXPORTER_OTLP_ENDPOINT: where traces go.") var otlpEndpoint: String?
    @Option(help: "OTEL_SERVICE_NAME: the hub's, in traces.") var serviceName: String?
    @Option(help: "PALANTIR_TRACE_SAMPLE: the part of them that is kept.") var traceSample: String?
    @Option(help: "PALANTIR_FEATURE_TABLES: tables that tags may name.") var featureTables: String?
    @Option(help: "PALANTIR_FEATURE_STORE_CONNECTIONS: at most.") var featureStoreConnections: String?
    @Option(help: "PALANTIR_FEATURE_MAX_AGE_HOURS: of a table's newest row.") var featureMaxAgeHours: String?
    @Option(help: "PALANTIR_MODEL_MAX_BATCH_SIZE: entities in one call.") var modelMaxBatchSize: String?
    @Option(help: "PALANTIR_MODEL_MAX_CONCURRENCY: calls at once.") var modelMaxConcurrency: String?
    @Option(help: "PALANTIR_MODEL_MAX_ANSWER_BYTES: a model's largest answer.") var modelMaxAnswerBytes: String?
    @Option(help: "PALANTIR_MODEL_HOSTS: where uri tags may point to.") var modelHosts: String?
    @Option(help: "PALANTIR_CA_FILE: authorities that are trusted too.") var caFile: String?
    @Option(help: "PALANTIR_AUTODEPLOY: off, tagged or all.") var autodeploy: String?
    @Option(help: "PALANTIR_AUTODEPLOY_MODELS: which may be.") var autodeployModels: String?
    @Option(help: "PALANTIR_AUTODEPLOY_MAX_RESIDENT: models in memory.") var autodeployMaxResident: String?
    @Option(help: "PALANTIR_AUTODEPLOY_IDLE_S: before a model leaves it.") var autodeployIdleS: String?
    @Option(help: "PALANTIR_AUTODEPLOY_MEMORY_MB: of a model's own.") var autodeployMemoryMb: String?
    @Option(help: "PALANTIR_AUTODEPLOY_USER: that models run as.") var autodeployUser: String?
    @Option(help: "PALANTIR_PYTHON: the Python that runs models.") var python: String?
    @Option(help: "PALANTIR_AUTODEPLOY_ENVIRONMENT: shared or per-model.") var autodeployEnvironment: String?
    @Option(help: "PALANTIR_AUTODEPLOY_TARGET: local or ray.") var autodeployTarget: String?
    @Option(help: "PALANTIR_RAY_URL: Ray's dashboard.") var rayUrl: String?
    @Option(help: "PALANTIR_RAY_SERVE_URL: Ray's HTTP proxy.") var rayServeUrl: String?
    @Option(help: "PALANTIR_RAY_CODE_URL: the hub as Ray reaches it.") var rayCodeUrl: String?
    @Option(help: "PALANTIR_RAY_ALLOW_ANONYMOUS: true for a Ray without token.") var rayAllowAnonymous: String?
    @Option(help: "A file of settings, NAME=value a line; default .env if there is one.") var envFile: String?

    /// The flags that were given, by the setting's name.
    var flags: [String: String] {
        let given: [(String, String?)] = [
            (Setting<MLflowURI>.mlflow.description.name, mlflowUri),
            (Setting<String>.host.description.name, host), (Setting<Int>.port.description.name, port),
            (Setting<String>.data.description.name, data),
            (Setting<Logger.Level>.logLevel.description.name, logLevel),
            (Setting<LogFormat>.logFormat.description.name, logFormat),
            (Setting<Duration>.registryRefresh.description.name, registryRefreshMs),
            (Setting<Duration>.requestTimeout.description.name, requestTimeoutMs),
            (Setting<Duration>.readTimeout.description.name, readTimeoutMs),
            (Setting<Duration>.writeTimeout.description.name, writeTimeoutMs),
            (Setting<Int>.maxBodyBytes.description.name, maxBodyBytes),
            (Setting<Int>.maxInFlight.description.name, maxInFlight),
            (Setting<Int>.maxConnections.description.name, maxConnections),
            (Setting<Duration>.drainDelay.description.name, drainDelay),
            (Setting<Duration>.drainTimeout.description.name, drainTimeout),
            (Setting<[String]>.hosts.description.name, hosts),
            (Setting<Bool>.allowAnonymous.description.name, allowAnonymous),
            (Setting<String>.keysFile.description.name, keysFile),
            (Setting<IssuerKeys.Source>.jwks.description.name, jwks),
            (Setting<String>.jwtIssuer.description.name, jwtIssuer),
            (Setting<String>.jwtAudience.description.name, jwtAudience),
            (Setting<Int>.rateRequests.description.name, rateRequests),
            (Setting<Int>.rateEntities.description.name, rateEntities),
            (Setting<String>.tlsCertificate.description.name, tlsCertificate),
            (Setting<String>.tlsKey.description.name, tlsKey),
            (Setting<String>.tlsClientAuthorities.description.name, tlsClientCa),
            (Setting<String>.auditLog.description.name, auditLog),
            (Setting<Int>.auditMaxBytes.description.name, auditMaxBytes),
            (Setting<Bool>.auditIDs.description.name, auditIds),
            (Setting<BaseURL>.traceEndpoint.description.name, otlpEndpoint),
            (Setting<String>.traceService.description.name, serviceName),
            (Setting<Double>.traceSample.description.name, traceSample),
            (Setting<[String]>.featureTables.description.name, featureTables),
            (Setting<Int>.featureStoreConnections.description.name, featureStoreConnections),
            (Setting<Int>.featureMaximumAge.description.name, featureMaxAgeHours),
            (Setting<Int>.maxBatchSize.description.name, modelMaxBatchSize),
            (Setting<Int>.maxConcurrency.description.name, modelMaxConcurrency),
            (Setting<Int>.maxAnswerBytes.description.name, modelMaxAnswerBytes),
            (Setting<ModelHosts>.modelHosts.description.name, modelHosts),
            (Setting<String>.authorities.description.name, caFile),
            (Setting<DeploymentPolicy.Mode>.autodeploy.description.name, autodeploy),
            (Setting<[String]>.autodeployModels.description.name, autodeployModels),
            (Setting<Int>.autodeployMaxResident.description.name, autodeployMaxResident),
            (Setting<Int>.autodeployIdle.description.name, autodeployIdleS),
            (Setting<Int>.autodeployMemory.description.name, autodeployMemoryMb),
            (Setting<String>.autodeployUser.description.name, autodeployUser),
            (Setting<String>.python.description.name, python),
            (Setting<PythonEnvironmentMode>.autodeployEnvironment.description.name, autodeployEnvironment),
            (Setting<AutodeployTarget>.autodeployTarget.description.name, autodeployTarget),
            (Setting<BaseURL>.ray.description.name, rayUrl), (Setting<BaseURL>.rayServe.description.name, rayServeUrl),
            (Setting<BaseURL>.rayCode.description.name, rayCodeUrl),
            (Setting<Bool>.rayAnonymous.description.name, rayAllowAnonymous),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { name, value in value.map { (name, $0) } })
    }
}
