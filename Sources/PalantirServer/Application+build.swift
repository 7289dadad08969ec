import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Palantir
import ServiceLifecycle

/// The hub as its settings want it: the one place where drivers are chosen and everything is put together.
package func buildHub(_ settings: Settings, client: EgressClient, logger: Logger) throws(PalantirError) -> Hub {
    let registry = RegistryMirror(
        registry: MLflowRegistry(settings: settings.registry, client: client),
        snapshotFile: RegistrySnapshotFile(folder: settings.data, registry: settings.registry.uri.base),
        refreshEvery: settings.registryRefresh, logger: logger)
    return Hub(
        registry: registry, features: try buildFeatureStore(settings),
        models: HTTPModelInvoker(limits: settings.model), limits: RequestLimits(settings),
        logger: logger)
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
