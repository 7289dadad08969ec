import ArgumentParser
import NIOHTTP1
import Palantir

/// `palantir models [NAME]`
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models that a running hub knows, or tell all it knows of one.",
        discussion: """
            Examples:
              palantir models
              palantir models churn@champion
              palantir models --quiet | xargs -n 1 palantir models
              palantir models churn --json
            """)

    @Argument(help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION.", completion: ModelNames.completion)
    var name: String?
    @Flag(name: [.short, .long], help: "Print the names alone, one a line.") var quiet = false
    @OptionGroup var hub: HubOptions

    func run() async throws {
        let path = name.map { "/models/\(HubClient.encoded($0))" } ?? "/models"
        let answer = try await HubClient(options: hub).send(.GET, path)
        if hub.json {
            print(answer.text)
        } else if quiet {
            for model in name == nil ? answer["models"]?.elements ?? [] : [answer] {
                print(model["name"]?.display ?? "")
            }
        } else if name == nil {
            print(Self.list(answer["models"]?.elements ?? []))
        } else {
            print(Self.details(answer))
        }
    }

    private static func list(_ models: [JSONText]) -> String {
        guard !models.isEmpty else { return "No model is registered in MLflow, or none that this caller may use." }
        var table = TextTable(["NAME", "VERSION", "FEATURE TABLE", "SERVABLE"])
        for model in models {
            let code = model["error"]?["code"]?.display
            let servable = TextTable.Cell(code.map { "no: \($0)" } ?? "yes", code == nil ? .green : .red)
            let cells = [
                model["name"]?.display ?? "", model["version"].map(shown) ?? "",
                model["feature_table"]?["name"].map(shown) ?? "-",
            ]
            table.add(cells.map { TextTable.Cell($0) } + [servable])
        }
        return table.text(on: .output)
    }

    private static func details(_ model: JSONText) -> String {
        var facts = TextTable(["FACT", "VALUE"])
        for (name, label) in [
            ("name", "name"), ("description", "description"), ("version", "version"), ("aliases", "aliases"),
            ("tags", "tags"), ("uri", "uri"), ("contract", "contract"), ("servable", "servable"),
        ] {
            facts.add([label, model[name].map(shown) ?? ""])
        }
        if let error = model["error"]?["error"] { facts.add(["why not", error.display]) }
        facts.add(["example", model["example_request"]?.text ?? ""])
        guard let table = model["feature_table"], let columns = table["columns"]?.elements, !columns.isEmpty else {
            return facts.text(on: .output)
        }
        facts.add(["feature table", "\(table["name"]?.display ?? "") by \(table["entity_key"]?.display ?? "")"])
        var types = TextTable(["COLUMN", "TYPE", "NULLABLE"])
        for column in columns {
            types.add([
                column["name"]?.display ?? "", column["type"]?.display ?? "", column["nullable"]?.display ?? "",
            ])
        }
        return facts.text(on: .output) + "\n\n" + types.text(on: .output)
    }

    private static func shown(_ value: JSONText) -> String {
        value.text == "null" ? "-" : value.display
    }
}
