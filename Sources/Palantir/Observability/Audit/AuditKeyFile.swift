import Crypto
import Foundation

/// The key that ids are hashed with: made at first use, readable by the hub's user alone.
struct AuditKeyFile {
    private let path: String

    private static let bytes = 32

    /// Why the key could not be kept.
    struct Problem: Error {
        let reason: String
    }

    /// - Parameter folder: the hub's own.
    init(folder: String) {
        path = folder + "/audit.key"
    }

    /// The key of the file, which is made if it is missing.
    func key() throws(Problem) -> SymmetricKey {
        if let key = try read() { return key }
        let new = SymmetricKey(size: .bits256)
        try write(new)
        // Another hub on the same folder may have been first.
        guard let key = try read() else { throw Problem(reason: "\(path) vanished as soon as it was made") }
        return key
    }

    private func read() throws(Problem) -> SymmetricKey? {
        guard let data = FileManager.default.contents(atPath: path) else {
            if FileManager.default.fileExists(atPath: path) { throw Problem(reason: "\(path) cannot be read") }
            return nil
        }
        guard data.count == Self.bytes else {
            throw Problem(reason: "\(path) does not hold \(Self.bytes) bytes; remove it, and another is made")
        }
        return SymmetricKey(data: data)
    }

    /// Whole or not at all, and never over another's.
    private func write(_ key: SymmetricKey) throws(Problem) {
        let folder = (path as NSString).deletingLastPathComponent
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let temporary = "\(path).\(UInt32.random(in: .min ... .max))"
        let data = key.withUnsafeBytes { Data($0) }
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw Problem(reason: "\(temporary) cannot be written: \(String(cString: strerror(errno)))") }
        defer { unlink(temporary) }
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw Problem(reason: "\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}
