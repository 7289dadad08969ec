import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Palantir
import PalantirServer
import PalantirTesting

/// A hub with its registry and models in memory and its features in a real SQLite file, asked over a real connection.
struct RouterFixture {
    let client: any TestClientProtocol
    let registry: InMemoryRegistry
    let hub: Hub

    static let tags = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]

    static let registered = [
        RegisteredModel(
            name: "churn", description: "Who leaves?", tags: tags, aliases: ["champion": 2],
            versions: [ModelVersion(number: 1), ModelVersion(number: 2), ModelVersion(number: 3)]),
        RegisteredModel(name: "Ünï 'q' %/?", tags: tags),
        RegisteredModel(name: "untagged"),
        RegisteredModel(name: "tableless", tags: ["feature_store": "nowhere", "uri": "http://127.0.0.1:8001/x"]),
    ]

    static func with(
        models: InMemoryModels = InMemoryModels(), limits: RequestLimits = RequestLimits(),
        access: AccessSettings = .open,
        _ body: @Sendable @escaping (RouterFixture) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        try SQLiteFile.execute(
            """
            CREATE TABLE users (id TEXT PRIMARY KEY, age INTEGER, twice INTEGER);
            INSERT INTO users VALUES ('1', 31, NULL), ('42', 27, NULL), ('a/b c', 5, NULL);
            """, at: folder + "/features.sqlite")
        let registry = InMemoryRegistry(registered)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let features = SQLiteFeatureStore(
            path: folder + "/features.sqlite", policy: FeatureTablePolicy(patterns: nil), connections: 2)
        let mirror = RegistryMirror(
            registry: registry, snapshotFile: RegistrySnapshotFile(folder: folder, registry: "memory"),
            refreshEvery: .seconds(60), logger: logger)
        let client = EgressClient()
        let doctor = Doctor(
            mlflow: nil, features: features,
            probe: ModelProbe(egress: ModelEgress(rules: ModelHostRules(), trust: .system)),
            criteria: .init())
        let hub = Hub(
            registry: mirror, features: features, models: models, doctor: doctor,
            authentication: try CallerAuthentication(access, client: client, logger: logger), limits: limits,
            logger: logger)
        let application = buildApplication(hub, host: "127.0.0.1", port: 0)
        defer { client.shutdown() }
        try await application.test(.ahc(.http)) { client in
            try await eventually { if case .reachable = hub.probe.current { mirror.status.age != nil } else { false } }
            try await body(RouterFixture(client: client, registry: registry, hub: hub))
        }
        await features.shutdown()
    }

    /// Asks, and gives the answer with its body as text.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:]
    ) async throws -> (response: TestResponse, text: String) {
        let response = try await client.execute(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return (response, String(buffer: response.body))
    }

    func predict(_ body: String, headers: HTTPFields = [:]) async throws -> (response: TestResponse, text: String) {
        try await ask(.post, "/predict", body, headers: headers)
    }
}

extension HTTPField.Name {
    static var modelVersion: Self { Self("x-model-version") ?? .via }
    static var serverTiming: Self { Self("server-timing") ?? .via }
}
