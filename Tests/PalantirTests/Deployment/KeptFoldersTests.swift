import Foundation
import Logging
import PalantirTesting
import Testing

@testable import Palantir

@Suite("What is kept on disk for models")
struct KeptFoldersTests {
    private static let hour: TimeInterval = 3_600
    private static let start = Date(timeIntervalSince1970: 1_800_000_000)
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test(
        "A folder goes a day after it was first seen that nothing needs it",
        arguments: [
            (true, nil, FolderRetention.keep), (true, 1, .forgetUnneeded), (true, 1_000, .forgetUnneeded),
            (false, nil, .noteUnneeded), (false, 0, .keep), (false, 23.9, .keep), (false, 24, .remove),
            (false, 1_000, .remove), (false, -5, .keep),
        ] as [(Bool, Double?, FolderRetention)])
    func decision(isNeeded: Bool, hours: Double?, expected: FolderRetention) {
        let since = hours.map { Self.start - $0 * Self.hour }
        #expect(FolderRetention(isNeeded: isNeeded, unneededSince: since, at: Self.start) == expected)
    }

    /// Runs a test on a folder that holds some folders with a file each.
    private static func with(
        _ names: [String], _ body: (KeptFolders, _ contents: () -> [String], _ path: String) async throws -> Void
    ) async throws {
        let path = try Place.folder()
        defer { Place.remove(path) }
        for name in names { try make(name, in: path) }
        let contents = { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? ["no folder"] }
        try await body(KeptFolders(path: path, logger: logger), contents, path)
    }

    private static func make(_ name: String, in path: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)/data", withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)/data/file"))
    }

    @Test(
        "What nothing needs goes with all that belongs to it; what is needed stays, and so does what is like it in name"
    )
    func removed() async throws {
        try await Self.with(["a-v1", "a-v1.new", "a-v2", "a-v10", "b-v1.123.removing"]) { folders, contents, path in
            try Data().write(to: URL(fileURLWithPath: path + "/a-v1.zip"))
            await folders.keepOnly(["a-v2", "a-v10"], at: Self.start)
            #expect(contents() == ["a-v1", "a-v1.new", "a-v1.unneeded", "a-v1.zip", "a-v10", "a-v2"])
            await folders.keepOnly(["a-v2", "a-v10"], at: Self.start + 23 * Self.hour)
            #expect(contents().contains("a-v1"), "a day is not over")
            await folders.keepOnly(["a-v2", "a-v10"], at: Self.start + 24 * Self.hour)
            #expect(contents() == ["a-v10", "a-v2"])
            #expect(FileManager.default.fileExists(atPath: path + "/a-v2/data/file"))
        }
    }

    @Test("A registry that suddenly wants nothing costs nothing, if it comes back within a day")
    func suddenlyEmpty() async throws {
        try await Self.with(["a-v1"]) { folders, contents, path in
            await folders.keepOnly([], at: Self.start)
            await folders.keepOnly([], at: Self.start + 23 * Self.hour)
            await folders.keepOnly(["a-v1"], at: Self.start + 23.5 * Self.hour)
            #expect(contents() == ["a-v1"])
            // Another hub on the same folder, long after, that knows of no model either: the day begins anew.
            let restarted = KeptFolders(path: path, logger: Self.logger)
            await restarted.keepOnly([], at: Self.start + 500 * Self.hour)
            #expect(contents().contains("a-v1"))
        }
    }

    @Test("What is about to be used is kept for another day")
    func used() async throws {
        try await Self.with(["a-v1"]) { folders, contents, _ in
            await folders.keepOnly([], at: Self.start)
            folders.use("a-v1")
            await folders.keepOnly([], at: Self.start + 25 * Self.hour)
            #expect(contents() == ["a-v1", "a-v1.unneeded"])
            await folders.keepOnly([], at: Self.start + 49 * Self.hour)
            #expect(contents() == [])
        }
    }

    @Test("What cannot be removed stays, and the others go")
    func failing() async throws {
        // No name is longer than 255 bytes, so this one cannot be renamed; root may do all else.
        let stuck = "b" + String(repeating: "b", count: 239)
        try await Self.with(["a-v1", stuck, "c-v1"]) { folders, contents, path in
            await folders.keepOnly([], at: Self.start)
            for _ in 0..<2 {
                await folders.keepOnly([], at: Self.start + 24 * Self.hour)
                #expect(contents() == [stuck, stuck + ".unneeded"])
            }
            await KeptFolders(path: path + "/none", logger: Self.logger).keepOnly([], at: Self.start)
        }
    }

    @Test("An environment goes when no model's requirements ask for it and no replica runs in it")
    func environments() async throws {
        try await Self.with([]) { _, _, path in
            let python = path + "/python3"
            _ = FileManager.default.createFile(
                atPath: python, contents: Data("#!/bin/sh\necho 3.12.1 /usr\n".utf8),
                attributes: [.posixPermissions: 0o755])
            let artifacts = path + "/model"
            try FileManager.default.createDirectory(atPath: artifacts, withIntermediateDirectories: true)
            try Data("scikit-learn==1.7.2\n".utf8).write(to: URL(fileURLWithPath: artifacts + "/requirements.txt"))
            let requirements = try PythonRequirements("scikit-learn==1.7.2") { _ in nil }
            let asked = String(
                Checksum.of(Data(requirements.identity(python: "3.12.1 /usr").utf8)), radix: 16)
            let place = path + "/environments"
            for name in [asked, "used", "old"] { try Self.make(name, in: place) }
            let environments = PythonEnvironments(path: place, python: python, logger: Self.logger)
            let used = [PythonEnvironment(id: "used", python: place + "/used/bin/python")]
            for hours in [0.0, 24] {
                try await environments.keepOnly(
                    [artifacts, path + "/not-there"], used: used, at: Self.start + hours * Self.hour)
            }
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: place)) == [asked, "used"])
            // Without its Python nobody knows what is asked for.
            try FileManager.default.removeItem(atPath: python)
            await #expect(throws: PalantirError.self) {
                try await environments.keepOnly([], used: [], at: Self.start + 48 * Self.hour)
            }
            #expect(Set(try FileManager.default.contentsOfDirectory(atPath: place)) == [asked, "used"])
        }
    }
}
