import Foundation
import NIOCore

/// The file of the audit log, and the older ones beside it: `name.1`, the latest, to `name.5`.
struct AuditFile: ~Copyable {
    private let path: String
    private let maxBytes: Int
    private var descriptor: Int32?
    private var identity: FileIdentity?
    private var size = 0

    static let keptFiles = 5

    /// Why lines could not be written.
    struct Failure: Error {
        let reason: String
    }

    init(path: String, maxBytes: Int) {
        self.path = path
        self.maxBytes = maxBytes
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    /// Appends whole lines, or none of them.
    mutating func append(_ lines: ByteBuffer) throws(Failure) {
        var descriptor = try opened()
        if size > 0, size + lines.readableBytes > maxBytes {
            try rotate()
            descriptor = try opened()
        }
        var written = 0
        while written < lines.readableBytes {
            let count = lines.withUnsafeReadableBytes { bytes in
                write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if count < 0, errno != EINTR {
                let reason = Self.reason()
                // Half a line would spoil the next one.
                ftruncate(descriptor, off_t(size))
                throw Failure(reason: reason)
            }
        }
        size += written
    }

    /// The file, made if it is missing, and opened anew where another program has moved it away.
    private mutating func opened() throws(Failure) -> Int32 {
        if let descriptor {
            if FileIdentity(path: path) == identity { return descriptor }
            shut()
        }
        // Without waiting for the reader of a pipe.
        let new = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard new >= 0 else { throw Failure(reason: Self.reason()) }
        // A pipe, a socket or a terminal has no end to go to.
        let end = lseek(new, 0, SEEK_END)
        guard end >= 0 else {
            close(new)
            throw Failure(reason: "it is no regular file")
        }
        descriptor = new
        identity = FileIdentity(path: path)
        size = Int(end)
        return new
    }

    private mutating func rotate() throws(Failure) {
        // The oldest is overwritten.
        for number in stride(from: Self.keptFiles - 1, through: 1, by: -1) {
            guard rename("\(path).\(number)", "\(path).\(number + 1)") == 0 || errno == ENOENT else {
                throw Failure(reason: "\(path).\(number) cannot be renamed: \(Self.reason())")
            }
        }
        guard rename(path, path + ".1") == 0 else {
            throw Failure(reason: "\(path) cannot be renamed: \(Self.reason())")
        }
        shut()
    }

    private mutating func shut() {
        if let descriptor { close(descriptor) }
        descriptor = nil
        identity = nil
        size = 0
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
