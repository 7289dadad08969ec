import Foundation
import Logging
import Palantir
import PalantirServer
import PalantirTesting
import ServiceLifecycle
import Testing

/// By `make test-ray`, as ``RayServeTests``.
@Suite("Deployments on Ray Serve", .serialized, .mlflow, .enabled(if: RayHead.isWanted))
struct RayServeTargetTests {
    @Test("It does what every target must")
    func conformance() async throws {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let models = try await ConformanceModels(logger: logger)
        let http = try Servers.http()
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let ray = try await RayHead(http: http)
        do {
            let port = try Place.freePort()
            let settings = RaySettings(
                dashboard: try #require(BaseURL(ray.dashboard)), token: nil, serve: try #require(BaseURL(ray.serve)),
                codeURL: try #require(BaseURL("http://127.0.0.1:\(port)")))
            let files = RayServeFiles(folder: folder, registry: models.registry, key: settings.key, logger: logger)
            let target = RayServeTarget(settings, files: files, client: models.client, logger: logger)
            let hub = Self.hub(serving: files, models.registry, folder, logger)
            let server = ServiceGroup(
                configuration: .init(
                    services: [buildApplication(hub, host: "127.0.0.1", port: port)], logger: logger))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask { await target.run() }
                try await eventually { (try? await http.get("http://127.0.0.1:\(port)/livez"))?.status == 200 }
                // One Ray for all: it takes seconds to start, and half a minute to deploy.
                for check in DeploymentTargetCheck.allCases {
                    print("Ray: \(check.rawValue)")
                    try await check.run(on: Fixture(target: target, models: models, ray: ray, http: http))
                }
                await server.triggerGracefulShutdown()
                try await group.next()
                group.cancelAll()
            }
            await hub.features.shutdown()
            models.client.shutdown()
            await ray.stop()
        } catch {
            await ray.stop()
            throw error
        }
    }

    /// What Ray fetches code and artifacts from.
    private static func hub(
        serving files: RayServeFiles, _ registry: MLflowRegistry, _ folder: String, _ logger: Logger
    ) -> Hub {
        let mirror = RegistryMirror(
            registry: registry, snapshotFile: RegistrySnapshotFile(folder: folder, registry: "test"),
            refreshEvery: .seconds(60), logger: logger)
        let features = SQLiteFeatureStore(
            path: folder + "/features.sqlite", policy: FeatureTablePolicy(patterns: nil), connections: 1)
        let doctor = Doctor(
            mlflow: nil, features: features,
            probe: ModelProbe(egress: ModelEgress(rules: ModelHostRules(), trust: .system)),
            criteria: .init())
        return Hub(
            registry: mirror, features: features, models: InMemoryModels(), doctor: doctor, rayFiles: files,
            limits: RequestLimits(), logger: logger)
    }

    private struct Fixture: DeploymentTargetFixture {
        let target: any DeploymentTarget
        let models: ConformanceModels
        let ray: RayHead
        let http: TestHTTP

        func deployable(_ version: Int) async throws -> DeployableVersion { try await models.deployable(version) }
        func broken() async throws -> DeployableVersion { try await models.broken() }
        func isAnswering(_ address: DeployedAddress) async throws -> Bool { await models.isAnswering(address) }

        /// Somebody declares other applications only.
        func end(_ run: DeploymentRun) async throws {
            let body = "{\"http_options\":{\"host\":\"127.0.0.1\",\"port\":\(ray.servePort)},\"applications\":[]}"
            let answer = try await http.send(.PUT, ray.applications, body)
            #expect(answer.status == 200, "\(answer.body)")
        }
    }
}
