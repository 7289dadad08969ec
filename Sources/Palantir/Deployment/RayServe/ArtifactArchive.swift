import Foundation
import NIOCore

/// A folder of artifacts as one zip file beside it: whole or not there.
enum ArtifactArchive {
    private static let pieceSize = 1 << 20

    /// Writes `<folder>.zip` unless it is there. Blocking: a model may be large, and each file is read twice.
    static func make(of folder: String) throws -> String {
        let archive = folder + ".zip"
        guard !FileManager.default.fileExists(atPath: archive) else { return archive }
        let temporary = archive + ".\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        guard FileManager.default.createFile(atPath: temporary, contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
        defer { try? output.close() }
        var writer = ZipWriter()
        for name in try names(in: folder) {
            var crc = CRC32()
            var size = 0
            try read(folder + "/" + name) { piece in
                piece.withUnsafeBytes { crc.update($0) }
                size += piece.count
            }
            guard let header = writer.header(of: name, size: size, crc: crc.value) else {
                throw PalantirError.notStarted("its artifacts are larger than 4 GiB, which is the most for Ray")
            }
            try output.write(contentsOf: Data(header.readableBytesView))
            try read(folder + "/" + name) { try output.write(contentsOf: $0) }
        }
        try output.write(contentsOf: Data(writer.end().readableBytesView))
        try FileManager.default.moveItem(atPath: temporary, toPath: archive)
        return archive
    }

    /// Of the files, sorted, so that the archive does not depend on the disk's order. Palantir's own mark is left out.
    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            return isThere && !isFolder.boolValue && !name.hasPrefix(".palantir")
        }.sorted()
    }

    private static func read(_ path: String, _ body: (Data) throws -> Void) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        while let piece = try file.read(upToCount: pieceSize), !piece.isEmpty { try body(piece) }
    }
}
