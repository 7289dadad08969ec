import Foundation
import Logging
import NIOPosix
import Synchronization

/// What the hub serves to Ray: the serving code, and the artifacts of the versions that it has downloaded.
package struct RayServeFiles: Sendable {
    package let code = ServingCode()
    private let artifacts: ModelArtifactFolder
    private let key: RayKey
    private let prepared = PreparedVersions()

    /// By the folder of its artifacts.
    private final class PreparedVersions: Sendable {
        let versions = Mutex<[String: DeployableVersion]>([:])
    }

    package init(folder: String, registry: MLflowRegistry, key: RayKey, logger: Logger) {
        artifacts = ModelArtifactFolder(path: folder + "/models", registry: registry, logger: logger)
        self.key = key
    }

    /// Downloads a version's artifacts and packs them.
    func prepare(_ deployable: DeployableVersion) async throws(PalantirError) {
        // Before Ray can fetch anything of it.
        prepared.versions.withLock { $0[ModelArtifactFolder.name(of: deployable)] = deployable }
        let folder = try await artifacts.download(deployable)
        do {
            _ = try await NIOThreadPool.singleton.runIfActive { try ArtifactArchive.make(of: folder) }
        } catch let error as PalantirError {
            throw error
        } catch {
            throw .notStarted("its artifacts could not be packed: \(error)")
        }
    }

    /// The path of an archive of artifacts, by the name in its address; nil if there is none of that name.
    package func archive(named name: String) -> String? {
        guard let folder = key.folder(of: .artifacts, named: name), MLflowRegistry.isPlain(folder) else { return nil }
        let archive = artifacts.path(ofFolder: folder) + ".zip"
        return FileManager.default.fileExists(atPath: archive) ? archive : nil
    }

    /// The version whose trial a name stands for: one that was prepared, also if it is to serve no more, since Ray may be
    /// loading it and would take it over untried; or one of some others. Nil if it is neither.
    package func deployable(ofTrial name: String, among versions: [DeployableVersion]) -> DeployableVersion? {
        guard let folder = key.folder(of: .trials, named: name) else { return nil }
        return prepared.versions.withLock { $0[folder] }
            ?? versions.first { ModelArtifactFolder.name(of: $0) == folder }
    }
}
