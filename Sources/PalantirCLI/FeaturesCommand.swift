import ArgumentParser
import NIOHTTP1
import Palantir

/// `palantir features MODEL ID`
struct FeaturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Show an entity's features as a model would get them.",
        discussion: """
            Examples:
              palantir features churn 42
              palantir features churn@champion 42 --json
            """)

    @Argument(help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION.", completion: ModelNames.completion)
    var model: String
    @Argument(help: "The id of an entity.") var id: String
    @OptionGroup var hub: HubOptions

    func run() async throws {
        let path = "/models/\(HubClient.encoded(model))/features/\(HubClient.encoded(id))"
        let row = try await HubClient(options: hub).send(.GET, path)
        guard !hub.json else { return print(row.text) }
        var table = TextTable(["FEATURE", "VALUE"])
        for (name, value) in try row.members() { table.add([name, value.display]) }
        print(table.text(on: .output))
    }
}
