import Logging
import NIOCore

/// Writes what waits: entries in their order, and before them how many were lost. One thread has it.
struct AuditWriter: ~Copyable {
    private let line: AuditLine
    private let append: (ByteBuffer) throws(AuditFile.Failure) -> Void
    private let chunk: Int
    private let logger: Logger
    /// Lost, and not written of yet.
    private var lost = 0
    private var isFailing = false

    /// Bytes of one system call.
    private static let largestChunk = 65_536

    /// - Parameters:
    ///   - maxBytes: of a file.
    ///   - append: writes whole lines, or none.
    init(
        _ line: AuditLine, maxBytes: Int, logger: Logger,
        append: @escaping (ByteBuffer) throws(AuditFile.Failure) -> Void
    ) {
        self.line = line
        self.append = append
        self.logger = logger
        chunk = min(maxBytes, Self.largestChunk)
    }

    /// - Returns: how many of the entries were lost.
    mutating func write(_ entries: [AuditEntry], dropped: Int) -> Int {
        lost += dropped
        var failed = 0
        var lines = ByteBuffer()
        var waiting = 0
        for entry in entries {
            var one = ByteBuffer()
            line.write(entry, to: &one)
            if waiting > 0, lines.readableBytes + one.readableBytes > chunk {
                failed += flush(&lines, waiting)
                waiting = 0
            }
            lines.writeBuffer(&one)
            waiting += 1
        }
        return failed + flush(&lines, waiting)
    }

    /// - Returns: how many entries were lost.
    private mutating func flush(_ lines: inout ByteBuffer, _ count: Int) -> Int {
        defer { lines.clear() }
        var buffer = ByteBuffer()
        if lost > 0 { line.write(lost: lost, to: &buffer) }
        buffer.writeBuffer(&lines)
        guard buffer.readableBytes > 0 else { return 0 }
        do throws(AuditFile.Failure) {
            try append(buffer)
            if isFailing { logger.info("The audit log is written again", metadata: ["lost": "\(lost)"]) }
            isFailing = false
            lost = 0
            return 0
        } catch {
            // One line for each time that it begins.
            if !isFailing {
                logger.warning(
                    "The audit log cannot be written; what should stand in it is lost until it can",
                    metadata: ["reason": "\(error.reason)"])
            }
            isFailing = true
            lost += count
            return count
        }
    }
}
