import Foundation
import Palantir
import PalantirTesting
import Testing

@Suite("Registry snapshot on disk")
struct RegistrySnapshotFileTests {
    private static let registry = "http://127.0.0.1:5000"

    private static let snapshot = RegistrySnapshot(
        savedAt: .now,
        models: [
            RegisteredModel(
                name: "Ünï \"quoted\"", description: "d", tags: ["a": "b"], aliases: ["champion": 1],
                versions: [ModelVersion(number: 1, tags: ["c": "d"], source: "s")])
        ], signatures: [])

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        try await body(folder)
    }

    @Test("What was saved is loaded")
    func roundTrip() async throws {
        try await Self.withFolder { folder in
            let file = RegistrySnapshotFile(folder: folder + "/new/folder", registry: Self.registry)
            let absent = await file.load()
            #expect(absent == .success(nil))
            let problem = await file.save(Self.snapshot)
            #expect(problem == nil)
            let loaded = await file.load()
            #expect(loaded == .success(Self.snapshot))
        }
    }

    @Test("A flipped bit anywhere is told")
    func damage() async throws {
        try await Self.withFolder { folder in
            let file = RegistrySnapshotFile(folder: folder, registry: Self.registry)
            _ = await file.save(Self.snapshot)
            let url = URL(fileURLWithPath: file.path)
            let whole = try Data(contentsOf: url)
            for position in 0..<whole.count {
                var damaged = whole
                damaged[position] ^= 0x01
                try damaged.write(to: url)
                // Damage to the registry's name in the header makes it another registry's file, which is not served.
                if case .success(let loaded) = await file.load() { #expect(loaded == nil, "byte \(position)") }
            }
            try whole.prefix(whole.count - 10).write(to: url)
            let truncated = await file.load()
            if case .success = truncated { Issue.record("a truncated file was loaded") }
        }
    }

    @Test("Another registry's file is not served")
    func otherRegistry() async throws {
        try await Self.withFolder { folder in
            _ = await RegistrySnapshotFile(folder: folder, registry: Self.registry).save(Self.snapshot)
            let other = RegistrySnapshotFile(folder: folder, registry: "http://elsewhere:5000")
            let loaded = await other.load()
            #expect(loaded == .success(nil))
        }
    }

    @Test("A folder that cannot be written is a problem, not a crash")
    func notWritable() async throws {
        try await Self.withFolder { folder in
            try "x".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
            let file = RegistrySnapshotFile(folder: folder + "/file/below", registry: Self.registry)
            let problem = await file.save(Self.snapshot)
            #expect(problem != nil)
        }
    }
}
