import Foundation

/// A program that is run to its end.
package struct CommandLineTool: Sendable {
    package let exitCode: Int32
    /// Standard output and standard error, as they came.
    package let output: String

    package init(
        _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(120)
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let process = try await ServerProcess(arguments, environment: environment, log: folder + "/output")
        exitCode = await process.exitCode(within: limit)
        output = process.output
    }
}
