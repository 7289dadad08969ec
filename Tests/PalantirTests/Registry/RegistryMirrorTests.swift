import Logging
import Palantir
import PalantirTesting
import Testing

@Suite("Registry mirror")
struct RegistryMirrorTests {
    private static let tags = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]

    /// Runs a test beside the mirror's service.
    private static func with(
        _ registry: InMemoryRegistry, _ body: @escaping @Sendable (RegistryMirror) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let mirror = RegistryMirror(
            registry: registry, snapshotFile: RegistrySnapshotFile(folder: folder, registry: "memory"),
            refreshEvery: .milliseconds(100), logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await mirror.run() }
            group.addTask {
                try await eventually { mirror.status.age != nil }
                try await body(mirror)
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private static func code(_ mirror: RegistryMirror, _ name: String) async -> PalantirError.Code? {
        do {
            _ = try await mirror.model(for: ModelReference(name: name), by: .after(.seconds(10)))
            return nil
        } catch {
            return error.code
        }
    }

    @Test("Many callers of one unknown name cause one look-up")
    func merged() async throws {
        let registry = InMemoryRegistry([RegisteredModel(name: "churn", tags: Self.tags)])
        try await Self.with(registry) { mirror in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { #expect(await Self.code(mirror, "other") == .modelNotFound) }
                }
            }
            #expect(registry.lookUps == 1)
            #expect(await Self.code(mirror, "churn") == nil)
            #expect(registry.lookUps == 1, "a known name is not looked up")
        }
    }

    @Test("With the registry down known models are found, unknown ones are unavailable")
    func down() async throws {
        let registry = InMemoryRegistry([RegisteredModel(name: "churn", tags: Self.tags)])
        try await Self.with(registry) { mirror in
            registry.setDown(true)
            try await eventually { mirror.status.lastError != nil }
            #expect(await Self.code(mirror, "churn") == nil)
            #expect(await Self.code(mirror, "other") == .registryUnavailable)
            registry.setDown(false)
            try await eventually { mirror.status.lastError == nil }
        }
    }

    @Test("A model that was registered a moment ago is found at once, and its signature soon")
    func registeredLater() async throws {
        let registry = InMemoryRegistry([])
        try await Self.with(registry) { mirror in
            let version = ModelVersion(number: 1, source: "s")
            registry.add(RegisteredModel(name: "new", tags: Self.tags, versions: [version]))
            #expect(await Self.code(mirror, "new") == nil)
            try await eventually { mirror.signatures.signature(of: version, of: "new") != nil }
        }
    }
}
