import ArgumentParser
import Configuration
import Foundation
import Palantir

/// `palantir setup python`
struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Prepare this machine for models that the hub serves itself.",
        discussion: """
            Examples:
              palantir setup python
            """,
        subcommands: [Python.self])

    struct Python: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the data folder's own Python, with MLflow and scikit-learn.",
            discussion: """
                What PALANTIR_PYTHON is by default: a virtual environment with what serves models, about 360 MB. It does \
                nothing when that is there already, and makes it anew when this program needs other packages.

                Examples:
                  palantir setup python
                  palantir setup python --data /var/lib/palantir --python3 python3.12
                  palantir setup python --json
                """)

        @Option(help: "Palantir's own folder; default: PALANTIR_DATA, else palantir-data.") var data: String?
        @Option(name: .customLong("python3"), help: "The Python, 3.10 or newer, that it is made from.")
        var python3 = "python3"
        @Flag(help: "Print the result as JSON.") var json = false

        func run() async throws {
            let setup = PythonSetup(data: try await dataFolder(), basePython: python3)
            do {
                let (made, isNew) = try await Interruption.ending(with: "Interrupted; nothing is left behind.") {
                    try await setup.run { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
                }
                print(json ? try Self.json(made, isNew) : Self.text(made, isNew))
            } catch let error as PalantirError {
                throw Failure(exitCode: .failure, error.cause ?? error.message)
            }
        }

        /// As `serve` finds it.
        private func dataFolder() async throws -> String {
            let setting = Setting<String>.data.description
            let flags = data.map { [setting.name: $0] } ?? [:]
            let reader = try await SettingsSources(flags: flags, envFile: nil).reader
            let folder = reader.string(forKey: ConfigKey(setting.key)) ?? ""
            return folder.isEmpty ? setting.fallback : folder
        }

        private static func text(_ made: PythonSetup.Made, _ isNew: Bool) -> String {
            """
            \(isNew ? "Ready" : "Already there"): \(made.python), Python \(made.version), MLflow \(made.mlflow)
            Next: PALANTIR_AUTODEPLOY=tagged palantir serve, and the tag autodeploy=true on a registered model.
            """
        }

        private static func json(_ made: PythonSetup.Made, _ isNew: Bool) throws -> String {
            struct Result: Encodable {
                let python: String
                let version: String
                let mlflow: String
                let made: Bool
            }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let result = Result(python: made.python, version: made.version, mlflow: made.mlflow, made: isNew)
            return String(decoding: try encoder.encode(result), as: UTF8.self)
        }
    }
}
