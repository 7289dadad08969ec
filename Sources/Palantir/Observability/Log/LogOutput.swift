import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Where the log goes. To log never waits: one thread of its own writes, and while nobody reads what it has written, what
/// finds no room is dropped and counted.
package final class LogOutput: Sendable {
    private struct State {
        var waiting = ByteBuffer()
        /// Since the last time that what waits was taken.
        var dropped = 0
        /// The thread writes, and takes what comes meanwhile.
        var isWriting = false
    }

    private let state = Mutex(State())
    private let lost = Atomic<Int>(0)
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let descriptor: Int32
    private let line: LogLine
    private let room: Int

    /// Bytes that may wait: some thousands of lines.
    package static let room = 1 << 20

    /// - Parameters:
    ///   - format: text, or JSON lines.
    ///   - descriptor: open for as long as this lives.
    ///   - room: in bytes.
    package init(_ format: LogFormat, descriptor: Int32 = STDERR_FILENO, room: Int = LogOutput.room) {
        self.descriptor = descriptor
        self.room = room
        line =
            switch format {
            case .text: .text
            case .json: .json
            case .auto: isatty(descriptor) == 1 ? .text : .json
            }
        thread.start()
    }

    /// Lines that were not written, since the start.
    package var lostLines: Int { lost.load(ordering: .relaxed) }

    /// Writes all that waits, and what comes after at once; as long as somebody reads, and no longer than that.
    package func close(within time: Duration = .seconds(2)) async {
        let written = Pending<Void>()
        thread.submit { _ in written.settle(()) }
        await written.value(by: .after(time), late: (), cancelled: ())
        thread.shutdownGracefully { _ in }
    }

    func write(_ event: LogEvent, _ metadata: Logger.Metadata, logger: String) {
        var bytes = ByteBuffer()
        line.write(event, metadata, logger: logger, at: .now, to: &bytes)
        let begins = state.withLock { state in
            guard state.waiting.readableBytes + bytes.readableBytes <= room else {
                state.dropped += 1
                lost.wrappingAdd(1, ordering: .relaxed)
                return false
            }
            state.waiting.writeBuffer(&bytes)
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if begins { thread.submit { _ in self.writeWaiting() } }
    }

    private func writeWaiting() {
        Self.blockBrokenPipeSignal()
        while var bytes = takeWaiting() { writeWhole(&bytes) }
    }

    private func takeWaiting() -> ByteBuffer? {
        let (bytes, dropped) = state.withLock { state -> (ByteBuffer?, Int) in
            guard state.waiting.readableBytes > 0 || state.dropped > 0 else {
                state.isWriting = false
                return (nil, 0)
            }
            defer {
                state.waiting = ByteBuffer()
                state.dropped = 0
            }
            return (state.waiting, state.dropped)
        }
        guard dropped > 0, var bytes else { return bytes }
        // What was dropped came after what found room.
        line.write(
            LogEvent(
                level: .warning, message: "Lines of the log were dropped, since nobody read it", metadata: nil,
                source: "Palantir", file: #fileID, function: #function, line: #line),
            ["count": "\(dropped)"], logger: "palantir", at: .now, to: &bytes)
        return bytes
    }

    private func writeWhole(_ bytes: inout ByteBuffer) {
        while bytes.readableBytes > 0 {
            let written = bytes.withUnsafeReadableBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes.moveReaderIndex(forwardBy: written)
            } else if errno == EAGAIN {
                // Whoever shares the file with us wants it so.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wanted, 1, -1)
            } else if errno != EINTR {
                let lines = bytes.readableBytesView.count { $0 == UInt8(ascii: "\n") }
                lost.wrappingAdd(lines, ordering: .relaxed)
                return
            }
        }
    }

    /// A reader that has gone is no reason to end. On this thread, so that nobody else is concerned.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}
