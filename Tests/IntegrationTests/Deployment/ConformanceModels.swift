import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Palantir
import PalantirTesting
import Testing

/// The real models that targets are checked with: two versions of one that answers, and one that cannot be loaded.
struct ConformanceModels {
    let registry: MLflowRegistry
    let client: EgressClient
    private let name: String

    init(logger: Logger) async throws {
        name = HubFixture.name()
        try await DeploymentFixture.register([
            ("regressor", name), ("regressor", name), ("unloadable", name + "-unloadable"),
        ])
        client = EgressClient()
        registry = MLflowRegistry(
            settings: MLflowSettings(uri: try #require(MLflowURI(Servers.mlflow().uri)), credentials: nil),
            client: client)
    }

    func deployable(_ version: Int) async throws -> DeployableVersion {
        try await deployable(version, of: name)
    }

    func broken() async throws -> DeployableVersion {
        try await deployable(1, of: name + "-unloadable")
    }

    private func deployable(_ version: Int, of name: String) async throws -> DeployableVersion {
        let found = try await registry.registeredModel(named: name, including: version, by: .after(.seconds(20)))
        let model = try #require(found)
        let version = try #require(model.version(version))
        let spec = try ServingSpec(model: model, version: version, deployment: DeploymentPolicy(mode: .tagged))
        return DeployableVersion(spec: spec, version: version.number, source: version.source)
    }

    func isAnswering(_ address: DeployedAddress) async -> Bool {
        let result = await client.send(
            .POST, address.uri.text,
            headers: ["x-palantir-secret": address.secret ?? "", "content-type": "application/json"],
            body: ByteBuffer(string: #"{"values":[{"id":1,"a":2.0,"b":198.0}]}"#), maxAnswerBytes: 65_536,
            by: .after(.seconds(20)))
        guard case .success(let answer) = result, answer.status == 200 else { return false }
        return String(buffer: answer.body).contains(#""prediction""#)
    }
}
