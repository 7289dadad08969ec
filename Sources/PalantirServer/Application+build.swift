import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Palantir
import ServiceLifecycle

/// The hub as its settings want it: the one place where drivers are chosen and everything is put together.
///
/// - Parameters:
///   - settings: all of them, parsed.
///   - tls: what `settings.tls` names, read.
///   - client: makes every connection that is not the feature store's.
///   - trust: what `settings.egress.authorities` names, read.
///   - log: what the logger writes to, for its counts.
///   - logger: of everything that the hub starts.
package func buildHub(
    _ settings: Settings, tls: ServerTLS? = nil, client: EgressClient, trust: TLSTrust, log: LogOutput? = nil,
    logger: Logger
) throws(PalantirError) -> Hub {
    let mlflow = MLflowRegistry(settings: settings.registry, client: client)
    let hosts = settings.modelHostRules
    let registry = RegistryMirror(
        registry: mlflow,
        snapshotFile: RegistrySnapshotFile(folder: settings.data, registry: settings.registry.uri.base),
        refreshEvery: settings.registryRefresh, deployment: settings.autodeploy.policy, hosts: hosts,
        logger: logger)
    let features = try buildFeatureStore(settings)
    let egress = ModelEgress(rules: hosts, trust: trust)
    let models = HTTPModelInvoker(limits: settings.model, egress: egress)
    let doctor = Doctor(
        mlflow: mlflow, features: features, probe: ModelProbe(egress: egress), criteria: settings.diagnosisCriteria)
    let rayFiles = settings.autodeploy.ray.map { ray in
        RayServeFiles(folder: settings.data + "/deployments", registry: mlflow, key: ray.key, logger: logger)
    }
    let target = try buildDeploymentTarget(settings, mlflow: mlflow, rayFiles: rayFiles, client: client, logger: logger)
    let deployments = target.map { target in
        DeploymentController(
            target: target, registry: registry, endpoints: DeployedEndpoints(),
            trial: DeploymentTrial(features: features, models: models),
            limits: .init(maxResident: settings.autodeploy.maxResident, idle: settings.autodeploy.idle), logger: logger)
    }
    let authentication = try CallerAuthentication(settings.access, client: client, logger: logger)
    return Hub(
        registry: registry, features: features, models: models, doctor: doctor, endpoints: models,
        deployments: deployments,
        rayFiles: rayFiles, authentication: authentication,
        webhook: settings.access.webhookSecret.map(MLflowWebhook.init(secret:)), limits: RequestLimits(settings),
        hosts: hosts, tls: tls, audit: settings.audit.map { AuditLog($0, folder: settings.data, logger: logger) },
        log: log, tracer: settings.traces.map { Tracer($0, client: client, logger: logger) }, logger: logger)
}

private func buildDeploymentTarget(
    _ settings: Settings, mlflow: MLflowRegistry, rayFiles: RayServeFiles?, client: EgressClient, logger: Logger
) throws(PalantirError) -> (any DeploymentTarget)? {
    let autodeploy = settings.autodeploy
    guard autodeploy.policy.mode != .off else { return nil }
    if let ray = autodeploy.ray, let rayFiles {
        return RayServeTarget(ray, files: rayFiles, client: client, logger: logger)
    }
    return try LocalProcessTarget(
        LocalProcessSettings(
            folder: settings.data + "/deployments", python: autodeploy.python,
            environment: autodeploy.environment, memoryLimit: autodeploy.memoryLimit,
            // Twice the longest that anybody waits.
            user: try ReplicaUser(named: autodeploy.user), longestCall: settings.requestTimeout * 2),
        registry: mlflow, client: client, logger: logger)
}

/// The feature store that the settings name.
///
/// - Parameters:
///   - settings: all of them, parsed.
///   - creating: whether the embedded one is made if it is missing.
package func buildFeatureStore(
    _ settings: Settings, creating: Bool = true
) throws(PalantirError) -> any InspectableFeatureStore {
    let policy = FeatureTablePolicy(patterns: settings.featureTables)
    switch settings.featureStore {
    case .mysql(let dsn):
        return MySQLFeatureStore(
            dsn: dsn, policy: policy, connections: settings.featureStoreConnections,
            authorities: settings.egress.authorities)
    case .sqlite(let path):
        if creating, path == settings.embeddedStorePath { try SQLiteFeatureStore.createIfMissing(at: path) }
        return SQLiteFeatureStore(path: path, policy: policy, connections: settings.featureStoreConnections)
    }
}

/// The server with everything that runs beside it.
///
/// - Parameters:
///   - hub: what answers.
///   - host: the address to listen on.
///   - port: the port, or 0 for a free one.
///   - running: called with the port once the server listens.
package func buildApplication(
    _ hub: Hub, host: String, port: Int, running: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    Application(
        router: buildRouter(hub), server: HTTPServerBuilder { HubChannel(hub: hub, responder: $0) },
        configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "palantir"),
        services: hub.services,
        onServerRunning: { channel in
            do {
                try await AcceptedErrorHandler.protect(channel, logger: hub.logger)
            } catch {
                hub.logger.error(
                    "The listening socket is not protected from errors of its connections",
                    metadata: ["error": "\(error)"])
            }
            let bound = channel.localAddress?.port ?? port
            // Port 0 stands for one that the system chooses.
            if port == 0 { hub.noteListening(on: bound) }
            await running(bound)
        },
        logger: hub.logger)
}
