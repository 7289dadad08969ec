import ArgumentParser
import Palantir

/// The command `palantir`.
@main
struct PalantirCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "palantir",
        abstract: "A hub for machine-learning predictions: it knows an entity's features and its models.",
        version: PalantirVersion.current,
        subcommands: [
            ServeCommand.self, PredictCommand.self, ModelsCommand.self, FeaturesCommand.self, DeploymentsCommand.self,
            KeysCommand.self, SetupCommand.self, DoctorCommand.self,
        ])
}
