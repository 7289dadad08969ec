import Crypto
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Keeps an account of who did what, in a file. To record never waits: what finds no room is dropped and counted, and one
/// thread of its own writes.
package final class AuditLog: Service {
    private let buffer: Mutex<AuditBuffer>
    private let writer: Mutex<AuditWriter>
    private let lost = Atomic<Int>(0)
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Entries and ids that may wait: some megabytes, and at ten thousand requests a second more than a second of them.
    package static let room = 32_768
    /// Entries of that time are written together, or each would cost a system call.
    private static let pause = Duration.milliseconds(50)
    /// What a disk that hangs may take of the hub's end.
    private static let longestFlush = Duration.seconds(2)

    /// - Parameters:
    ///   - settings: the file, and how large it may become.
    ///   - folder: where the key of the ids' hashes is kept.
    ///   - room: for entries and their ids.
    ///   - logger: is told what could not be written.
    package convenience init(_ settings: AuditSettings, folder: String, room: Int = AuditLog.room, logger: Logger) {
        let file = Mutex(AuditFile(path: settings.path, maxBytes: settings.maxBytes))
        let ids = settings.showsIDs ? AuditIDs.plain : .hashed(Self.key(in: folder, logger))
        var logger = logger
        logger[metadataKey: "file"] = "\(settings.path)"
        self.init(
            AuditWriter(AuditLine(ids: ids), maxBytes: settings.maxBytes, logger: logger) {
                lines throws(AuditFile.Failure) in
                try file.withLock { file throws(AuditFile.Failure) in try file.append(lines) }
            }, room: room)
    }

    init(_ writer: consuming sending AuditWriter, room: Int) {
        self.writer = Mutex(writer)
        buffer = Mutex(AuditBuffer(room: room))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        thread.start()
    }

    /// Entries that stand nowhere, since the start.
    package var lostEntries: Int { lost.load(ordering: .relaxed) }

    package func record(_ entry: AuditEntry) {
        switch buffer.withLock({ $0.add(entry) }) {
        case .first: wake.yield()
        case .next: break
        case .dropped: lost.wrappingAdd(1, ordering: .relaxed)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in self.wakes {
                await self.flush()
                try? await Task.sleep(for: Self.pause)
            }
        }
        await flush()
        thread.shutdownGracefully { _ in }
    }

    /// Writes what waits. A disk that hangs is not waited for longer than the hub's end may take.
    package func flush() async {
        let written = Pending<Void>()
        thread.submit { state in
            if case .active = state { self.write() }
            written.settle(())
        }
        await written.value(by: .after(Self.longestFlush), late: (), cancelled: ())
    }

    private func write() {
        writer.withLock { writer in
            let (entries, dropped) = buffer.withLock { $0.take() }
            let failed = writer.write(entries, dropped: dropped)
            lost.wrappingAdd(failed, ordering: .relaxed)
        }
    }

    private static func key(in folder: String, _ logger: Logger) -> SymmetricKey {
        do throws(AuditKeyFile.Problem) {
            return try AuditKeyFile(folder: folder).key()
        } catch {
            logger.warning(
                "The audit log's key cannot be kept: hashes of ids are others after the next start",
                metadata: ["reason": "\(error.reason)"])
            return SymmetricKey(size: .bits256)
        }
    }
}
