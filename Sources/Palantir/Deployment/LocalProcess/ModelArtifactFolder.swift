import Foundation
import Logging

/// Model versions' artifacts on disk: whole or not there. They are downloaded under another name, checked against
/// MLflow's listing, and renamed.
struct ModelArtifactFolder: Sendable {
    private let path: String
    private let registry: MLflowRegistry
    private let logger: Logger
    private let folders: KeptFolders

    /// A large model on a slow network.
    private static let timeout = Duration.seconds(3_600)
    /// Written last, so that a folder that has it is whole.
    private static let identityFile = ".palantir-version"

    init(path: String, registry: MLflowRegistry, logger: Logger) {
        self.path = path
        self.registry = registry
        self.logger = logger
        folders = KeptFolders(path: path, logger: logger)
    }

    /// - Returns: the folder of the version's artifacts, which is downloaded unless it is there.
    func download(_ deployable: DeployableVersion) async throws(PalantirError) -> String {
        let identity = Self.identity(of: deployable)
        let folder = self.path(ofFolder: Self.name(of: deployable))
        folders.use(Self.name(of: deployable))
        // Two of one checksum would be told apart here.
        if (try? String(contentsOfFile: folder + "/" + Self.identityFile, encoding: .utf8)) == identity {
            return folder
        }
        let temporary = folder + ".new"
        do {
            try? FileManager.default.removeItem(atPath: temporary)
            try? FileManager.default.removeItem(atPath: folder)
            try Self.makeFolder(temporary)
            try await fill(temporary, deployable)
            try Data(identity.utf8).write(to: URL(fileURLWithPath: temporary + "/" + Self.identityFile))
            try FileManager.default.moveItem(atPath: temporary, toPath: folder)
            return folder
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            if let error = error as? PalantirError { throw error }
            throw .notStarted("its artifacts cannot be written to \(folder): \(error)")
        }
    }

    /// The name of a version's folder: the same wherever it is downloaded to.
    static func name(of deployable: DeployableVersion) -> String {
        let checksum = String(Checksum.of(Data(identity(of: deployable).utf8)), radix: 16)
        return "\(DeploymentFolder.slug(deployable.model))-v\(deployable.version)-\(checksum)"
    }

    func path(ofFolder name: String) -> String { "\(path)/\(name)" }

    /// Removes what none of these versions has needed for a day.
    func keepOnly(_ needed: [DeployableVersion], at now: Date) async {
        await folders.keepOnly(Set(needed.map(Self.name)), at: now)
    }

    private static func identity(of deployable: DeployableVersion) -> String {
        "\(deployable.model)\n\(deployable.version)\n\(deployable.source)"
    }

    private func fill(_ folder: String, _ deployable: DeployableVersion) async throws {
        let deadline = Deadline.after(Self.timeout)
        let artifacts = try await registry.artifacts(of: deployable.version, of: deployable.model, by: deadline)
        guard artifacts.contains(where: { $0.path == "MLmodel" }) else {
            throw PalantirError.notStarted("its artifacts hold no file MLmodel")
        }
        let bytes = artifacts.reduce(0) { $0 + $1.size }
        logger.info(
            "Downloading a model",
            metadata: [
                "model": "\(deployable.model)", "version": "\(deployable.version)", "files": "\(artifacts.count)",
                "bytes": "\(bytes)",
            ])
        for artifact in artifacts {
            let file = folder + "/" + artifact.path
            try Self.makeFolder((file as NSString).deletingLastPathComponent)
            try await registry.download(
                artifact, of: deployable.version, of: deployable.model, to: file, by: deadline)
        }
    }

    /// Others may read: replicas run as another user where the hub is root.
    private static func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }
}
