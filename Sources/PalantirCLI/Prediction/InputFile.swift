import ArgumentParser
import Foundation
import NIOPosix

/// A file, or standard input, read piece by piece.
final class InputFile: Sendable {
    private let descriptor: Int32
    private let name: String
    /// In bytes; nil where nobody knows, as of a pipe.
    let size: Int?

    private static let pieceSize = 65_536
    /// How long a wait for input goes on without a look at whether anybody still wants it.
    private static let patience: Int32 = 200

    /// - Parameter path: `-` is standard input.
    init(path: String) throws(Failure) {
        name = path == "-" ? "Standard input" : path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(exitCode: .init(66), "\(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        // What has no end cannot be positioned; a file is read on from where it is.
        let position = lseek(descriptor, 0, SEEK_CUR)
        let end = lseek(descriptor, 0, SEEK_END)
        size = end > 0 ? Int(end) : nil
        if position >= 0 { lseek(descriptor, position, SEEK_SET) }
    }

    deinit {
        if descriptor != STDIN_FILENO { close(descriptor) }
    }

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Waits in a thread of its own, since a terminal or a pipe may take its time.
    ///
    /// - Returns: what there is; empty at the end.
    func read() async throws -> [UInt8] {
        while true {
            try Task.checkCancellation()
            if let bytes = try await NIOThreadPool.singleton.runIfActive({ try self.readIfThere() }) { return bytes }
        }
    }

    /// - Returns: nil if nothing has come yet.
    private func readIfThere() throws -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Self.patience) != 0 else { return nil }
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, filled in
            count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
            filled = max(count, 0)
        }
        if count < 0, errno == EINTR || errno == EAGAIN { return nil }
        guard count >= 0 else {
            throw Failure(exitCode: .init(66), "\(name) cannot be read: \(String(cString: strerror(errno))).")
        }
        return bytes
    }
}
