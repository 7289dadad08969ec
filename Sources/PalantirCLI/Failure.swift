import ArgumentParser
import Foundation

/// A command that could not do its work: one message on standard error and an exit code.
///
/// 1: the hub answered with an error. 2: some of the entities failed. 64: wrong usage. 65: the input is not as it must be.
/// 66: it cannot be read. 69: the hub cannot be reached. 78: wrong settings. 130: Ctrl-C. 141: nobody read what it wrote.
/// From 64 to 78 they are those of `sysexits.h`.
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
            let word = Terminal.errors.styled("Error:", .red)
            if !failure.description.isEmpty {
                FileHandle.standardError.write(Data("\(word) \(failure.description)\n".utf8))
            }
            Foundation.exit(failure.exitCode.rawValue)
        } catch {
            exit(withError: error)
        }
    }
}
