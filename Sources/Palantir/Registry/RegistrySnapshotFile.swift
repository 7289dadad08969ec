import Foundation
import NIOPosix

/// What a restart needs to serve without MLflow.
package struct RegistrySnapshot: Hashable, Sendable, Codable {
    package let savedAt: WallTime
    package let models: [RegisteredModel]
    package let signatures: [SignatureCache.Entry]

    package init(savedAt: WallTime, models: [RegisteredModel], signatures: [SignatureCache.Entry]) {
        self.savedAt = savedAt
        self.models = models
        self.signatures = signatures
    }
}

/// A moment by the wall clock, which survives a restart.
package struct WallTime: Hashable, Sendable, Codable {
    private let secondsSince1970: Double

    package static var now: WallTime { WallTime(secondsSince1970: Date().timeIntervalSince1970) }

    private init(secondsSince1970: Double) {
        self.secondsSince1970 = secondsSince1970
    }

    /// How long ago; zero if the clock was set back since.
    package var age: Duration { .seconds(max(Date().timeIntervalSince1970 - secondsSince1970, 0)) }
}

/// The registry's snapshot on disk: one header line with a checksum, then JSON. Written whole to a temporary file,
/// flushed, and renamed, so that there is always an old or a new one and never half of one.
package struct RegistrySnapshotFile: Sendable {
    package let path: String
    /// The registry that the snapshot is of; another's is not served.
    private let registry: String

    package struct Problem: Error, Hashable, Sendable {
        package let reason: String
    }

    private static let format = "palantir-registry-snapshot 1"

    package init(folder: String, registry: String) {
        path = folder + "/registry.snapshot"
        self.registry = registry
    }

    /// - Returns: nil if there is no file, or one of another registry.
    package func load() async -> Result<RegistrySnapshot?, Problem> {
        await Self.blocking { try read() }
    }

    /// - Returns: what went wrong, if anything did; the old file is whole then.
    package func save(_ snapshot: RegistrySnapshot) async -> Problem? {
        switch await Self.blocking({ try write(snapshot) }) {
        case .success: nil
        case .failure(let problem): problem
        }
    }

    private func read() throws -> RegistrySnapshot? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        guard let newline = data.firstIndex(of: UInt8(ascii: "\n")) else { throw Problem(reason: "it has no header") }
        let body = data[data.index(after: newline)...]
        let header = String(decoding: data[..<newline], as: UTF8.self)
        guard header.hasPrefix(Self.format + " ") else { throw Problem(reason: "its format is not known") }
        guard header == self.header(of: body) else {
            let ofAnother = !header.hasSuffix(" " + registry)
            if ofAnother { return nil }
            throw Problem(reason: "its checksum does not match its contents")
        }
        return try JSONDecoder().decode(RegistrySnapshot.self, from: body)
    }

    private func write(_ snapshot: RegistrySnapshot) throws {
        let body = try JSONEncoder().encode(snapshot)
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let temporary = path + ".new"
        guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw Problem(reason: "\(temporary) cannot be created") }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
        defer { try? handle.close() }
        try handle.write(contentsOf: Data((header(of: body) + "\n").utf8))
        try handle.write(contentsOf: body)
        try handle.synchronize()
        guard rename(temporary, path) == 0 else {
            throw Problem(reason: "\(temporary) cannot be renamed: \(String(cString: strerror(errno)))")
        }
    }

    private func header(of body: Data) -> String {
        "\(Self.format) \(String(Checksum.of(body), radix: 16)) \(registry)"
    }

    private static func blocking<Value: Sendable>(
        _ work: @Sendable @escaping () throws -> Value
    ) async -> Result<Value, Problem> {
        do {
            return .success(try await NIOThreadPool.singleton.runIfActive(work))
        } catch let problem as Problem {
            return .failure(problem)
        } catch {
            return .failure(Problem(reason: "\(error)"))
        }
    }
}
