import ArgumentParser
import NIOCore
import Palantir

/// Writes outcomes as they come: JSON lines and CSV at once, a table when all are there, since its columns are as wide
/// as what stands in them.
struct PredictionOutput {
    enum Format {
        case table
        case jsonLines
        case csv
    }

    private let format: Format
    private let terminal: Terminal
    /// In the order in which they were first seen.
    private var labels: [String] = []
    private var isHeaderWritten = false
    private var kept: [EntityOutcome] = []

    init(_ format: Format, to terminal: Terminal) {
        self.format = format
        self.terminal = terminal
    }

    mutating func take(_ outcomes: [EntityOutcome]) throws {
        switch format {
        case .table: kept += outcomes
        case .jsonLines: try terminal.write(outcomes.map(Self.jsonLine).joined())
        case .csv: try writeCSV(outcomes)
        }
    }

    mutating func finish() throws {
        switch format {
        case .table: try writeTable()
        case .jsonLines: break
        case .csv: if !isHeaderWritten { try writeCSV(kept, isLast: true) }
        }
    }

    /// `{"id":"42","predictions":{…}}`, or `{"id":"42","code":"…","error":"…"}`
    private static func jsonLine(_ outcome: EntityOutcome) -> String {
        var line = ByteBuffer()
        line.writeJSONObject { object in
            object.member("id", text: outcome.id.text)
            switch outcome.result {
            case .success(let labels): object.member("predictions") { $0.writeJSON(labels) }
            case .failure(let error):
                object.member("code", text: error.code)
                object.member("error", text: error.message)
            }
        }
        return String(buffer: line) + "\n"
    }

    // MARK: - CSV

    /// The header needs the labels, so what fails before the first answer is kept until then.
    private mutating func writeCSV(_ outcomes: [EntityOutcome], isLast: Bool = false) throws {
        let all = isLast ? outcomes : kept + outcomes
        var lines = ""
        if !isHeaderWritten {
            learnLabels(of: all)
            guard !labels.isEmpty || isLast else {
                kept = all
                return
            }
            lines += Self.csvLine(["id"] + labels + ["error"])
            isHeaderWritten = true
            kept = []
        }
        for outcome in all {
            switch outcome.result {
            case .success(let values):
                let members = try values.members()
                if let new = members.first(where: { !labels.contains($0.name) }) {
                    throw Failure(
                        exitCode: .init(65),
                        "The label \(new.name.debugDescription) comes first with id "
                            + "\(outcome.id.text.debugDescription), when the CSV's columns are written; use --json.")
                }
                let cells = labels.map { label in members.first { $0.name == label }.map { Self.cell($0.value) } ?? "" }
                lines += Self.csvLine([outcome.id.text] + cells + [""])
            case .failure(let error):
                lines += Self.csvLine([outcome.id.text] + labels.map { _ in "" } + ["\(error.code): \(error.message)"])
            }
        }
        try terminal.write(lines)
    }

    private static func cell(_ value: JSONText) -> String {
        value.text == "null" ? "" : value.display
    }

    /// RFC 4180, with LF at the line's end.
    static func csvLine(_ cells: [String]) -> String {
        cells.map { cell in
            let needsQuotes = cell.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
            return needsQuotes ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
        }.joined(separator: ",") + "\n"
    }

    // MARK: - A table

    /// A row an entity, a column a label; entities that failed are told elsewhere.
    private mutating func writeTable() throws {
        learnLabels(of: kept)
        var table = TextTable(["ID"] + labels)
        for outcome in kept {
            guard let members = try? outcome.result.get().members() else { continue }
            table.add(
                [outcome.id.text] + labels.map { label in members.first { $0.name == label }?.value.display ?? "" })
        }
        if !table.rows.isEmpty { try terminal.write(table.text(on: terminal) + "\n") }
    }

    private mutating func learnLabels(of outcomes: [EntityOutcome]) {
        var known = Set(labels)
        for outcome in outcomes {
            guard let members = try? outcome.result.get().members() else { continue }
            for (name, _) in members where known.insert(name).inserted { labels.append(name) }
        }
    }
}
