import Crypto
import NIOCore

/// The Python files that Ray runs, as the zip that the hub serves to it. The name tells the contents apart, so that a new
/// hub's code is another code to Ray, and hubs of one version agree.
package struct ServingCode: Sendable {
    package let archive: ByteBuffer
    /// The contents' hash, and `.zip`, by which Ray knows what it is.
    package let name: String

    /// Of the scorer's files those that Ray needs: it brings processes and HTTP itself.
    private static let scorer: Set = [
        "answers.py", "failures.py", "features.py", "prediction_queue.py", "scoring_app.py", "served_model.py",
    ]

    package init() {
        // Ray takes away a single outermost folder; with two it would keep them, so there is exactly one.
        var files = [
            ("palantir/palantir_ray.py", PackageResources.palantir_ray_py),
            ("palantir/palantir_scorer/__init__.py", []),
        ]
        for (name, contents) in ScorerFiles.all where Self.scorer.contains(name) {
            files.append(("palantir/palantir_scorer/" + name, contents))
        }
        var writer = ZipWriter()
        var archive = ByteBuffer()
        for (name, contents) in files {
            var crc = CRC32()
            contents.withUnsafeBytes { crc.update($0) }
            guard let header = writer.header(of: name, size: contents.count, crc: crc.value) else { continue }
            archive.writeImmutableBuffer(header)
            archive.writeBytes(contents)
        }
        archive.writeImmutableBuffer(writer.end())
        self.archive = archive
        let digest = SHA256.hash(data: Array(archive.readableBytesView))
        name = digest.prefix(16).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + ".zip"
    }
}
