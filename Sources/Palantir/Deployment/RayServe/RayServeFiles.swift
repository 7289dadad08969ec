import Foundation
import Logging
import NIOPosix

/// What the hub serves to Ray: the serving code, and the artifacts of the versions that it has downloaded.
package struct RayServeFiles: Sendable {
    package let code = ServingCode()
    private let artifacts: ModelArtifactFolder
    private let key: RayKey

    package init(folder: String, registry: MLflowRegistry, key: RayKey, logger: Logger) {
        artifacts = ModelArtifactFolder(path: folder + "/models", registry: registry, logger: logger)
        self.key = key
    }

    /// Downloads a version's artifacts and packs them.
    func prepare(_ deployable: DeployableVersion) async throws(PalantirError) {
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

    /// Of some versions the one whose trial a name stands for; nil if it is none of them.
    package func deployable(ofTrial name: String, among versions: [DeployableVersion]) -> DeployableVersion? {
        guard let folder = key.folder(of: .trials, named: name) else { return nil }
        return versions.first { ModelArtifactFolder.name(of: $0) == folder }
    }
}
