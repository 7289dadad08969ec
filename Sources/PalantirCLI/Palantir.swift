import ArgumentParser
import Palantir

/// The command `palantir`.
@main
struct PalantirCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "palantir",
        abstract: "A hub for machine-learning predictions: it knows an entity's features and its models.",
        discussion: """
            Examples:
              palantir serve --mlflow-uri http://127.0.0.1:5000
              palantir models
              palantir predict churn 42

            The commands that ask a hub find it by --url or PALANTIR_URL, and send what PALANTIR_API_KEY holds.
            palantir --generate-completion-script bash, zsh or fish prints what completes its words in a shell.
            """,
        version: PalantirVersion.current,
        subcommands: [
            ServeCommand.self, PredictCommand.self, ModelsCommand.self, FeaturesCommand.self, DeploymentsCommand.self,
            KeysCommand.self, DoctorCommand.self, SetupCommand.self, VersionCommand.self,
        ])
}
