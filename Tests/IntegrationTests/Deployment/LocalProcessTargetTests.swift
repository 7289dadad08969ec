import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Deployments on this machine", .serialized)
    struct LocalProcessTargetTests {
        @Test("It does what every target must", arguments: DeploymentTargetCheck.allCases)
        func conformance(_ check: DeploymentTargetCheck) async throws {
            let name = HubFixture.name()
            try await DeploymentFixture.register([
                ("regressor", name), ("regressor", name), ("unloadable", name + "-x"),
            ])
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
            let client = EgressClient(logger: logger)
            let registry = MLflowRegistry(
                settings: MLflowSettings(uri: try #require(MLflowURI(Servers.mlflow().uri)), credentials: nil),
                client: client)
            let target = try LocalProcessTarget(
                LocalProcessSettings(
                    folder: folder, python: Place.python, environment: .shared, memoryLimit: nil, user: nil,
                    longestCall: .seconds(10)),
                registry: registry, client: client, logger: logger)
            let fixture = Fixture(target: target, registry: registry, client: client, name: name)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await target.run() }
                try await check.run(on: fixture)
                group.cancelAll()
            }
            await client.shutdown()
        }

        private struct Fixture: DeploymentTargetFixture {
            let target: any DeploymentTarget
            let registry: MLflowRegistry
            let client: EgressClient
            let name: String

            func deployable(_ version: Int) async throws -> DeployableVersion {
                try await deployable(version, of: name)
            }

            func broken() async throws -> DeployableVersion { try await deployable(1, of: name + "-x") }

            private func deployable(_ version: Int, of name: String) async throws -> DeployableVersion {
                let found = try await registry.registeredModel(
                    named: name, including: version, by: .after(.seconds(20)))
                let model = try #require(found)
                let version = try #require(model.version(version))
                let spec = try ServingSpec(
                    model: model, version: version, deployment: DeploymentPolicy(mode: .tagged))
                return DeployableVersion(spec: spec, version: version.number, source: version.source)
            }

            func isAnswering(_ address: DeployedAddress) async throws -> Bool {
                let result = await client.send(
                    .POST, address.uri.text,
                    headers: ["x-palantir-secret": address.secret ?? "", "content-type": "application/json"],
                    body: ByteBuffer(string: #"{"values":[{"id":1,"a":2.0,"b":198.0}]}"#), maxAnswerBytes: 4_096,
                    by: .after(.seconds(20)))
                guard case .success(let answer) = result, answer.status == 200 else { return false }
                return String(buffer: answer.body).contains(#""prediction""#)
            }

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
