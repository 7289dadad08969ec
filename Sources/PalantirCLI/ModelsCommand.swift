import ArgumentParser
import NIOHTTP1
import Palantir

/// `palantir models [NAME]`
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "List the models that a running hub knows, or tell all it knows of one.")

    @Argument(help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION.") var name: String?
    @OptionGroup var hub: HubOptions

    func run() async throws {
        let path = name.map { "/models/\(HubClient.encoded($0))" } ?? "/models"
        let answer = try await HubClient(options: hub).send(.GET, path)
        if hub.json {
            print(answer.text)
        } else if name == nil {
            print(Self.list(answer["models"]?.elements ?? []))
        } else {
            print(Self.details(answer))
        }
    }

    private static func list(_ models: [JSONText]) -> String {
        guard !models.isEmpty else { return "No model is registered in MLflow." }
        var table = TextTable(["NAME", "VERSION", "FEATURE TABLE", "SERVABLE"])
        for model in models {
            table.add([
                model["name"]?.display ?? "", model["version"].map(shown) ?? "",
                model["feature_table"]?["name"].map(shown) ?? "-",
                model["error"]?["code"].map { "no: \($0.display)" } ?? "yes",
            ])
        }
        return table.text
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
            return facts.text
        }
        facts.add(["feature table", "\(table["name"]?.display ?? "") by \(table["entity_key"]?.display ?? "")"])
        var types = TextTable(["COLUMN", "TYPE", "NULLABLE"])
        for column in columns {
            types.add([
                column["name"]?.display ?? "", column["type"]?.display ?? "", column["nullable"]?.display ?? "",
            ])
        }
        return facts.text + "\n\n" + types.text
    }

    private static func shown(_ value: JSONText) -> String {
        value.text == "null" ? "-" : value.display
    }
}
