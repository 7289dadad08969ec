import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import Palantir

/// `palantir predict MODEL ID…`
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Ask a running hub for predictions.",
        discussion: """
            palantir predict churn 42
            palantir predict churn@champion 42 43 --json
            palantir predict churn/3 42 --features '{"tenure": 3}'

            Exit codes: 0 all were answered, 1 the hub answered with an error, 2 some ids failed, 69 no hub there.
            """)

    @Argument(help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION.") var model: String
    @Argument(help: "The ids of entities.") var ids: [String]
    @Option(help: "Feature values as a JSON object, in place of the looked-up ones, for every id.")
    var features: String?
    @OptionGroup var hub: HubOptions

    func validate() throws {
        if let features, (try? JSONText(validating: features).members()) == nil {
            throw ValidationError("--features must be a JSON object such as '{\"tenure\": 3}'.")
        }
    }

    func run() async throws {
        let answer = try await HubClient(options: hub).send(.POST, "/predictions", body: try request())
        print(hub.json ? answer.text : Self.table(answer).text)
        let errors = try answer["errors"]?.members() ?? []
        guard errors.isEmpty else {
            let lines = errors.map { id, error in "  \(id): \(error["error"]?.display ?? error.text)" }
            throw Failure(
                exitCode: .init(2), "\(errors.count) of \(ids.count) ids failed:\n\(lines.joined(separator: "\n"))")
        }
    }

    private func request() throws -> ByteBuffer {
        var seen: Set<String> = []
        let ids = ids.filter { seen.insert($0).inserted }
        let overrides = try features.map { try JSONText(validating: $0) }
        var body = ByteBuffer()
        body.writeJSONObject { object in
            object.member("model_name", text: model)
            object.member("ids", array: ids) { $0.writeJSON(string: $1) }
            guard let overrides else { return }
            object.member("features") { buffer in
                buffer.writeJSONObject { byID in
                    for id in ids { byID.member(id) { $0.writeJSON(overrides) } }
                }
            }
        }
        return body
    }

    /// A row an entity, a column a label.
    private static func table(_ answer: JSONText) -> TextTable {
        let predictions = ((try? answer["predictions"]?.members()) ?? []).map { id, labels in
            (id: id, labels: (try? labels.members()) ?? [])
        }
        var names: [String] = []
        for (_, labels) in predictions {
            for label in labels where !names.contains(label.name) { names.append(label.name) }
        }
        var table = TextTable(["ID"] + names)
        for (id, labels) in predictions {
            table.add([id] + names.map { name in labels.first { $0.name == name }?.value.display ?? "" })
        }
        return table
    }
}
