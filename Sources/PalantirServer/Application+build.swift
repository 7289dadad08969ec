import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Palantir
import ServiceLifecycle

/// The hub as its settings want it: the one place where drivers are chosen and everything is put together.
package func buildHub(_ settings: Settings, client: EgressClient, logger: Logger) throws(PalantirError) -> Hub {
    let mlflow = MLflowRegistry(settings: settings.registry, client: client)
    let registry = RegistryMirror(
        registry: mlflow,
        snapshotFile: RegistrySnapshotFile(folder: settings.data, registry: settings.registry.uri.base),
        refreshEvery: settings.registryRefresh, deployment: settings.autodeploy.policy, logger: logger)
    let features = try buildFeatureStore(settings)
    let models = HTTPModelInvoker(limits: settings.model)
    let deployments = try buildDeployments(
        settings, client, mlflow: mlflow, registry: registry,
        trial: DeploymentTrial(features: features, models: models), logger: logger)
    return Hub(
        registry: registry, features: features, models: models, deployments: deployments,
        limits: RequestLimits(settings), logger: logger)
}

private func buildDeployments(
    _ settings: Settings, _ client: EgressClient, mlflow: MLflowRegistry, registry: RegistryMirror,
    trial: DeploymentTrial, logger: Logger
) throws(PalantirError) -> DeploymentController? {
    let autodeploy = settings.autodeploy
    guard autodeploy.policy.mode != .off else { return nil }
    let target = try LocalProcessTarget(
        LocalProcessSettings(
            folder: settings.data + "/deployments", python: autodeploy.python,
            environment: autodeploy.environment, memoryLimit: autodeploy.memoryLimit,
            // Twice the longest that anybody waits.
            user: try ReplicaUser(named: autodeploy.user), longestCall: settings.requestTimeout * 2),
        registry: mlflow, client: client, logger: logger)
    return DeploymentController(
        target: target, registry: registry, endpoints: DeployedEndpoints(), trial: trial,
        limits: .init(maxResident: autodeploy.maxResident, idle: autodeploy.idle), logger: logger)
}

private func buildFeatureStore(_ settings: Settings) throws(PalantirError) -> any FeatureStore {
    let policy = FeatureTablePolicy(patterns: settings.featureTables)
    switch settings.featureStore {
    case .mysql(let dsn):
        return MySQLFeatureStore(dsn: dsn, policy: policy, connections: settings.featureStoreConnections)
    case .sqlite(let path):
        if path == settings.embeddedStorePath { try SQLiteFeatureStore.createIfMissing(at: path) }
        return SQLiteFeatureStore(path: path, policy: policy, connections: settings.featureStoreConnections)
    }
}

/// The server with everything that runs beside it.
///
/// - Parameter running: called with the port once the server listens.
package func buildApplication(
    _ hub: Hub, host: String, port: Int, running: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    Application(
        router: buildRouter(hub), server: HTTPServerBuilder { HubChannel(hub: hub, responder: $0) },
        configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "palantir"),
        services: hub.services,
        onServerRunning: { channel in await running(channel.localAddress?.port ?? port) },
        logger: hub.logger)
}
