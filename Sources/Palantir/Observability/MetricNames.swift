/// Every metric of Palantir: its name in Prometheus' form and what it tells. Labels are bounded: routes, codes, steps, and
/// models that MLflow knows.
package enum MetricNames {
    package static let requests = "palantir_http_requests_total"
    package static let requestDuration = "palantir_http_request_duration_seconds"
    package static let errors = "palantir_errors_total"
    package static let modelRequests = "palantir_model_requests_total"
    package static let modelDuration = "palantir_model_request_duration_seconds"
    package static let stepDuration = "palantir_prediction_step_duration_seconds"
    package static let entities = "palantir_prediction_entities_total"
    package static let batchEntities = "palantir_batch_entities"
    package static let batchWait = "palantir_batch_wait_seconds"
    package static let batchWaiting = "palantir_batch_waiting"
    package static let breakerOpen = "palantir_model_breaker_open"
    package static let deploymentState = "palantir_deployment_state"
    package static let buildInfo = "palantir_build_info"
    package static let logDropped = "palantir_log_dropped_total"
    package static let spansExported = "palantir_trace_spans_exported_total"
    package static let spansDropped = "palantir_trace_spans_dropped_total"
    package static let deployments = "palantir_deployments"
    package static let deploymentRestarts = "palantir_deployment_restarts"
    package static let modelRetries = "palantir_model_retries"
    package static let replicaEjections = "palantir_model_replica_ejections"
    package static let replicasEjected = "palantir_model_replicas_ejected"
    package static let auditDropped = "palantir_audit_dropped"
    package static let inFlight = "palantir_predictions_in_flight"
    package static let registryAge = "palantir_registry_mirror_age_seconds"
    package static let registryModels = "palantir_registry_models"
    package static let registryReachable = "palantir_registry_reachable"
    package static let storeReachable = "palantir_feature_store_reachable"
    package static let storeConnections = "palantir_feature_store_connections"
    package static let storeConnectionLimit = "palantir_feature_store_connections_limit"

    /// The HELP lines.
    package static let help: [String: String] = [
        requests: "Requests answered, by route and status.",
        requestDuration: "Time from a request's head to its answer, by route.",
        errors: "Errors answered on the routes, by code; in a batch that was answered in part, each entity's.",
        modelRequests: "Predictions answered for a model, by code; OK also where some entities of a batch failed.",
        modelDuration: "Time from a request's head to its answer, by model.",
        stepDuration: "Time of each step of a prediction.",
        entities: "Entities predictions were asked for.",
        batchEntities: "Entities of each call that left, to the feature store or to a model.",
        batchWait: "What each caller waited before such a call left with its entities.",
        batchWaiting: "Entities that wait for such a call.",
        breakerOpen: "Whether a model is suspended, since the only address it has failed.",
        deploymentState: "The state of each model that the hub runs itself: 1 for the one it is in.",
        buildInfo: "The version that runs, as a label.",
        logDropped: "Lines of the log that found no room, since nobody read what was written before.",
        spansExported: "Spans that the collector of traces took over.",
        spansDropped: "Spans that found no room, or that the collector did not take.",
        deployments: "Models that the hub runs itself, by state.",
        deploymentRestarts: "How often their processes ended by themselves.",
        modelRetries: "Calls to models that were made once more.",
        replicaEjections: "How often a replica of a model failed so that it was not asked for a while.",
        replicasEjected: "Replicas of models that are not asked now.",
        auditDropped: "Entries of the audit log that found no room or could not be written.",
        inFlight: "Prediction requests being worked on.",
        registryAge: "Time since MLflow last confirmed the mirror; -1 if it never did.",
        registryModels: "Registered models in the mirror.",
        registryReachable: "Whether the last refresh of the mirror succeeded.",
        storeReachable: "Whether the feature store answered the last probe.",
        storeConnections: "Connections to the feature store, by state.",
        storeConnectionLimit: "The most connections to the feature store.",
    ]
}
