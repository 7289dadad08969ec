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
            try await Self.with { target, models, _ in try await check.run(on: Fixture(target: target, models: models))
            }
        }

        @Test("Artifacts that nothing has needed for a day are removed, and never those of a run")
        func leftovers() async throws {
            try await Self.with { target, models, folder in
                let (old, new) = (try await models.deployable(1), try await models.deployable(2))
                let versions = {
                    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/models")
                    return [1, 2].filter { version in names.contains { $0.contains("-v\(version)-") } }
                }
                try await target.prepare(new)
                let run = DeploymentRun(number: 1, deployable: old)
                let address = try await target.start(run)
                // A second more than a day: a file's time is rounded when it is written.
                let (now, day) = (Date(), TimeInterval(24 * 3_600 + 1))
                for days in 0...2 { await target.keepOnly([new], at: now + Double(days) * day) }
                #expect(try versions() == [1, 2], "one is wanted, the other runs")
                #expect(await models.isAnswering(address))
                await target.stop(run)
                await target.keepOnly([new], at: now + 3 * day)
                #expect(try versions() == [1, 2], "a change that is taken back within a day is quick")
                await target.keepOnly([new], at: now + 4 * day)
                #expect(try versions() == [2])
                // It is downloaded anew.
                let again = DeploymentRun(number: 2, deployable: old)
                #expect(await models.isAnswering(try await target.start(again)))
                await target.stop(again)
            }
        }

        private static func with(
            _ body: (LocalProcessTarget, ConformanceModels, _ folder: String) async throws -> Void
        ) async throws {
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
                try await body(target, models, folder)
                group.cancelAll()
            }
            models.client.shutdown()
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
