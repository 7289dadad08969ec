import Foundation
import NIOCore

/// A file of a model version's artifacts.
package struct ModelArtifact: Hashable, Sendable {
    /// Below the version's own folder; its parts are plain names.
    package let path: String
    package let size: Int
}

extension MLflowRegistry {
    /// Every file of a version's artifacts, through MLflow's own artifact proxy.
    ///
    /// - Throws: `REGISTRY_UNAVAILABLE`; `MODEL_NOT_READY` for artifacts that MLflow does not hand out, or whose names
    ///   would lead out of their folder.
    package func artifacts(
        of version: Int, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> [ModelArtifact] {
        let root = try await artifactRoot(of: version, of: name, by: deadline)
        var files: [ModelArtifact] = []
        var folders = [""]
        while let folder = folders.popLast() {
            let path = folder.isEmpty ? root : root + "/" + folder
            guard
                let page = try await get(
                    api: "mlflow-artifacts/artifacts?path=\(Self.encoded(path))", as: MLflowMessages.ArtifactPage.self,
                    by: deadline)
            else { throw .notStarted("MLflow has no artifacts at \(path)") }
            for file in page.files ?? [] {
                guard Self.isPlain(file.path) else {
                    throw .notStarted("an artifact's name leads out of its folder: \(file.path.debugDescription)")
                }
                let below = folder.isEmpty ? file.path : folder + "/" + file.path
                if file.is_dir ?? false {
                    folders.append(below)
                } else {
                    files.append(ModelArtifact(path: below, size: file.file_size ?? 0))
                }
                guard files.count + folders.count <= Self.maximumArtifacts else {
                    throw .notStarted("it has more than \(Self.maximumArtifacts) artifacts")
                }
            }
        }
        return files
    }

    /// Writes an artifact to a file.
    package func download(
        _ artifact: ModelArtifact, of version: Int, of name: String, to path: String, by deadline: Deadline
    ) async throws(PalantirError) {
        let root = try await artifactRoot(of: version, of: name, by: deadline)
        let below = (root + "/" + artifact.path).split(separator: "/").map { Self.encoded(String($0)) }
        let url = settings.uri.base + "/api/2.0/mlflow-artifacts/artifacts/" + below.joined(separator: "/")
        // A size that MLflow does not tell is listed as none.
        let limit = artifact.size > 0 ? artifact.size : Self.maximumUntoldSize
        switch await client.download(url, headers: headers, to: path, maxBytes: limit, by: deadline) {
        case .success(let bytes):
            guard bytes == artifact.size || artifact.size == 0 else {
                throw .notStarted("\(artifact.path) came with \(bytes) bytes instead of \(artifact.size)")
            }
        case .failure(let failure):
            throw .notStarted("\(artifact.path) could not be downloaded: \(failure)")
        }
    }

    /// Of an artifact whose size is not told: 16 GiB.
    private static let maximumUntoldSize = 16 << 30

    /// More than any model has; a listing that does not end would fill the disk.
    private static let maximumArtifacts = 10_000

    /// The folder of a version's artifacts as MLflow's proxy names it.
    private func artifactRoot(
        of version: Int, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> String {
        let path = "mlflow/model-versions/get-download-uri?name=\(Self.encoded(name))&version=\(version)"
        guard let answer = try await get(api: path, as: MLflowMessages.DownloadURI.self, by: deadline) else {
            throw .notStarted("MLflow has no version \(version) of it any more")
        }
        // `mlflow-artifacts:/1/models/m-…/artifacts`, also with a host.
        guard let uri = URLComponents(string: answer.artifact_uri), uri.scheme == "mlflow-artifacts" else {
            let scheme = answer.artifact_uri.prefix { $0 != ":" }
            throw .notStarted(
                "its artifacts are at \(scheme):…, which MLflow does not hand out; start it with --serve-artifacts and "
                    + "--artifacts-destination, and log the model again")
        }
        let root = uri.path.split(separator: "/")
        guard root.allSatisfy({ Self.isPlain(String($0)) }) else {
            throw .notStarted("its artifacts' address is wrong")
        }
        return root.joined(separator: "/")
    }

    /// A name that stays within its folder.
    static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 }
    }
}
