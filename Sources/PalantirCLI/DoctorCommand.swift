import ArgumentParser
import Foundation
import NIOCore
import Palantir

/// `palantir doctor [MODEL]`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at each link of the way of a prediction, and say what is not well and what mends it.",
        discussion: """
            palantir doctor                 MLflow, the feature store and every registered model
            palantir doctor churn --call    one model, called with a real row too
            palantir doctor --json          for programs

            It goes by the settings of `palantir serve`, and needs no running hub. Tags are mended by Python, after \
            from mlflow import MlflowClient.

            Exit codes: 0 all is well, 1 there are warnings, 2 there are errors.
            """)

    @Argument(help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION; default: all.") var model: String?
    @Flag(help: "Call each model once with a real row.") var call = false
    @Flag(help: "Print the findings as JSON.") var json = false
    @OptionGroup(visibility: .hidden) var options: ServeOptions

    func run() async throws {
        var report = DoctorReport(json: json)
        report.isWorking(on: "the settings")
        do throws(SettingsError) {
            let settings = try await settings()
            let round = try DoctorRound(settings, calls: call)
            report.add([.ok(.settings, of: Finding.Component.settings, "The settings can be read.")])
            await round.run(model, &report)
            await round.end()
        } catch {
            report.add(
                error.problems.map { problem in
                    .error(
                        .settings, of: Finding.Component.settings, problem,
                        remedy: "Correct it; palantir serve --help lists each setting with what it takes.")
                })
        }
        report.finish()
        if let code = report.exitCode { throw ExitCode(code) }
    }

    private func settings() async throws(SettingsError) -> Settings {
        do {
            let sources = try await SettingsSources(flags: options.flags, envFile: options.envFile)
            return try Settings(from: sources.reader, names: sources.names)
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(problems: ["The settings cannot be read: \(error)."])
        }
    }
}
