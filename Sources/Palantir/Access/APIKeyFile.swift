import Foundation

/// The file of API keys: JSON, read by the hub and written by `palantir keys`. It holds digests only, yet who can write
/// it can let himself in: it is the owner's alone.
package struct APIKeyFile: Sendable {
    package let path: String

    package struct Problem: Error, CustomStringConvertible, Sendable {
        package let description: String
    }

    private struct Contents: Codable {
        var keys: [APIKey]
    }

    package init(path: String) {
        self.path = path
    }

    /// What tells one state of the file from the next; nil if there is none.
    package struct Stamp: Hashable, Sendable {
        private let modified: [Int]
        private let size: Int
        private let inode: UInt

        package init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            #if os(Linux)
                modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
            #else
                modified = [status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec]
            #endif
            size = Int(status.st_size)
            inode = UInt(status.st_ino)
        }
    }

    package var stamp: Stamp? { Stamp(path: path) }

    /// Whether others than its owner may write it.
    package var isWritableByOthers: Bool {
        // Of the file that a symbolic link leads to: Kubernetes mounts Secrets as links, which everybody may write.
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o022 != 0
    }

    /// - Throws: ``Problem`` if it is not there or not right.
    package func load() throws(Problem) -> [APIKey] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw Problem(description: "the keys file \(path) cannot be read; `palantir keys create` makes it")
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let keys: [APIKey]
        do {
            // Foundation takes the last of two members of one name; here that is refused.
            _ = try JSONText(validating: String(decoding: data, as: UTF8.self)).members()
            keys = try decoder.decode(Contents.self, from: data).keys
        } catch let error as DecodingError {
            throw Problem(description: "the keys file \(path) is not right: \(error.reason)")
        } catch {
            throw Problem(
                description: "the keys file \(path) is not right: it is no JSON object, or a name stands twice in it")
        }
        guard Set(keys.map(\.name)).count == keys.count, Set(keys.map(\.digest)).count == keys.count else {
            throw Problem(
                description: "the keys file \(path) is not right: two of its keys have one name or one secret")
        }
        return keys
    }

    /// Changes the keys, whole or not at all, and one at a time whoever else does.
    ///
    /// - Parameter change: gets those that are there, none if there is no file.
    package func update<Result>(_ change: (inout [APIKey]) throws -> Result) throws -> Result {
        let lock = open(path + ".lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw Problem(description: "the keys file \(path) cannot be written: \(Self.reason)") }
        // Closing lets go of it, as does a killed process.
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else {
            throw Problem(description: "the keys file \(path) cannot be locked: \(Self.reason)")
        }
        var keys = stamp == nil ? [] : try load()
        let result = try change(&keys)
        try save(keys)
        return result
    }

    private func save(_ keys: [APIKey]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let data = try encoder.encode(Contents(keys: keys)) + Data("\n".utf8)
        let temporary = "\(path).\(UInt32.random(in: .min ... .max)).new"
        let file = open(temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Problem(description: "\(temporary) cannot be written: \(Self.reason)") }
        do {
            let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
            try handle.write(contentsOf: data)
            // On disk before its name is: after a loss of power the old keys stand, or the new ones.
            try handle.synchronize()
            try handle.close()
            guard rename(temporary, path) == 0 else { throw Problem(description: Self.reason) }
        } catch {
            unlink(temporary)
            throw Problem(description: "the keys file \(path) cannot be written: \(error)")
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

extension DecodingError {
    /// What is wrong, without the decoder's own words where there are better ones.
    fileprivate var reason: String {
        switch self {
        case .dataCorrupted(let context): context.debugDescription
        case .keyNotFound(let key, _): "a key lacks the member \(key.stringValue.debugDescription)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "the member \(context.codingPath.last?.stringValue.debugDescription ?? "keys") is of another type"
        @unknown default: "\(self)"
        }
    }
}
