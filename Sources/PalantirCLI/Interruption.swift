import ArgumentParser
import UnixSignals

/// Ctrl-C, and SIGTERM, as the end of a command's work.
enum Interruption {
    /// Cancels the work when the program is told to end, and waits until it has cleared up.
    ///
    /// - Throws: what the work throws; ``Failure`` with exit code 130 after a signal.
    static func ending<Value: Sendable>(
        with message: String, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: [.sigint, .sigterm])
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            defer { group.cancelAll() }
            if let value = try await group.next() ?? nil { return value }
            group.cancelAll()
            _ = try? await group.next()
            throw Failure(exitCode: .init(130), message)
        }
    }
}
