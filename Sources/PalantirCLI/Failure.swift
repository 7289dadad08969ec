import ArgumentParser
import Foundation

/// A command that could not do its work: one message on standard error and an exit code.
///
/// 1: the hub answered with an error. 2: some of the entities failed. 64: wrong usage. 69: the hub cannot be reached.
/// 78: wrong settings. The last three are those of `sysexits.h`.
struct Failure: Error, CustomStringConvertible {
    let exitCode: ExitCode
    let description: String

    init(exitCode: ExitCode, _ description: String) {
        self.exitCode = exitCode
        self.description = description
    }
}

extension PalantirCommand {
    /// ArgumentParser's own, but for the exit codes of ``Failure``.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            FileHandle.standardError.write(Data("Error: \(failure.description)\n".utf8))
            Foundation.exit(failure.exitCode.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
