import Foundation
import Logging
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Deployments on this machine", .serialized)
    struct LocalProcessTargetTests {
        @Test("It does what every target must", arguments: DeploymentTargetCheck.allCases)
        func conformance(_ check: DeploymentTargetCheck) async throws {
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let models = try await ConformanceModels(logger: logger)
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let target = try LocalProcessTarget(
                LocalProcessSettings(
                    folder: folder, python: Place.python, environment: .shared, memoryLimit: nil, user: nil,
                    longestCall: .seconds(10)),
                registry: models.registry, client: models.client, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await target.run() }
                try await check.run(on: Fixture(target: target, models: models))
                group.cancelAll()
            }
            await models.client.shutdown()
        }

        private struct Fixture: DeploymentTargetFixture {
            let target: any DeploymentTarget
            let models: ConformanceModels

            func deployable(_ version: Int) async throws -> DeployableVersion { try await models.deployable(version) }
            func broken() async throws -> DeployableVersion { try await models.broken() }
            func isAnswering(_ address: DeployedAddress) async throws -> Bool { await models.isAnswering(address) }

            func end(_ run: DeploymentRun) async throws {
                let own = ProcessInfo.processInfo.processIdentifier
                let replicas = ProcessTree.descendants(of: own).filter { process in
                    let command = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)
                    return command?.contains("fork_server.py") == true && ProcessTree.children(of: process).isEmpty
                }
                for replica in replicas { kill(replica, SIGKILL) }
            }
        }
    }
}
