import Foundation

/// A program that runs for a test: started on a free port in a folder of its own, ended by its process id, and ended by
/// the system if the tests die first.
package final class ServerProcess: Sendable {
    private let process: Process
    package let log: String

    /// - Parameters:
    ///   - environment: all that the program sees beside `PATH` and `HOME`.
    package init(_ arguments: [String], environment: [String: String] = [:], log: String) async throws {
        self.log = log
        let process = Process()
        self.process = process
        // util-linux's setpriv: the child gets the signal when its parent dies.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "KILL", "--"] + arguments
        let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
        process.environment = inherited.merging(environment) { _, given in given }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try await SpawningThread.shared.run { try process.run() }
    }

    package var isRunning: Bool { process.isRunning }
    package var identifier: Int32 { process.processIdentifier }

    package func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Signals the processes that it started itself.
    package func signalChildren(_ number: Int32) {
        let children = "/proc/\(identifier)/task/\(identifier)/children"
        let list = (try? String(contentsOfFile: children, encoding: .utf8)) ?? ""
        for child in list.split(separator: " ").compactMap({ Int32($0) }) { kill(child, number) }
    }

    /// Asks it to end, waits, and kills it if it does not.
    ///
    /// - Returns: its exit code.
    @discardableResult
    package func stop(_ number: Int32 = SIGTERM, grace: Duration = .seconds(15)) async -> Int32 {
        signal(number)
        return await exitCode(within: grace)
    }

    /// Waits for its end, and kills it if that does not come.
    package func exitCode(within limit: Duration) async -> Int32 {
        let deadline = ContinuousClock.now.advanced(by: limit)
        while process.isRunning, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(20))
        }
        if process.isRunning { signal(SIGKILL) }
        while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
        return process.terminationStatus
    }

    /// What it wrote.
    package var output: String {
        (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    }
}

/// Something that a test needs and that did not come up.
package struct NotStarted: Error, CustomStringConvertible {
    package let description: String

    package init(_ what: String, log: String) {
        description = "\(what)\n\(log.suffix(3_000))"
    }
}
