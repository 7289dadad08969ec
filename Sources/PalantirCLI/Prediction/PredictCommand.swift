import ArgumentParser
import Palantir

/// `palantir predict MODEL ID…`
struct PredictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Ask a running hub for predictions.",
        discussion: """
            Examples:
              palantir predict churn 42
              palantir predict churn@champion 42 43 --json
              palantir predict churn/3 42 --features '{"tenure": 3}'
              palantir predict churn - --csv < ids.txt > scores.csv
              palantir predict churn --input customers.csv --csv-column customer_id --json
              mysql -N -e 'SELECT id FROM customers' | palantir predict churn - --csv

            Ids go to the hub in chunks, several at once, and come out in their order. How far it is stands on the \
            terminal. What failed is told on standard error, and in the output of --json and --csv.

            Exit codes: 0 all were answered, 1 none was, 2 some ids failed, 64 wrong usage, 65 the input is not as it \
            must be, 66 it cannot be read, 69 no hub there.
            """)

    @Argument(
        help: "A registered model: NAME, NAME@ALIAS or NAME/VERSION.", completion: ModelNames.completion)
    var model: String
    @Argument(help: "The ids of entities; - reads them from standard input, one a line.") var ids: [String] = []
    @Option(help: "A file that has the ids, one a line; - for standard input.", completion: .file())
    var input: String?
    @Option(help: "The input is CSV, and this is the name of the column that has the ids.") var csvColumn: String?
    @Option(help: "Feature values as a JSON object, in place of the looked-up ones, for every id.")
    var features: String?
    @Flag(help: "Print CSV instead of a table: id, a column a label, error.") var csv = false
    @Option(help: "How many ids go in one request.") var chunkSize = 500
    @Option(help: "How many requests are under way at once.") var concurrency = 4
    @OptionGroup var hub: HubOptions

    /// Where the ids are read from; nil if they are arguments.
    private var inputPath: String? {
        if let input { return input }
        return ids.contains("-") || csvColumn != nil ? "-" : nil
    }

    func validate() throws {
        if let features, (try? JSONText(validating: features).members()) == nil {
            throw ValidationError("--features must be a JSON object such as '{\"tenure\": 3}'.")
        }
        let named = ids.filter { $0 != "-" }
        if inputPath == nil, named.isEmpty {
            throw ValidationError("No ids are given: name some, or give - to read them from standard input.")
        }
        if inputPath != nil, !named.isEmpty {
            throw ValidationError("Ids come from the command line or from an input, not from both.")
        }
        guard (1...PredictionRequest.maximumIDs).contains(chunkSize) else {
            throw ValidationError("--chunk-size is a number from 1 to \(PredictionRequest.maximumIDs).")
        }
        guard (1...64).contains(concurrency) else { throw ValidationError("--concurrency is a number from 1 to 64.") }
        if csv, hub.json { throw ValidationError("Give --json or --csv, not both.") }
    }

    func run() async throws {
        try await Interruption.ending(with: "Interrupted; what was answered stands above.") { try await predict() }
    }

    private func predict() async throws {
        let source = try source()
        let batch = BatchPrediction(
            hub: try HubSession(options: hub), model: model,
            features: try features.map { try JSONText(validating: $0) }, chunkSize: chunkSize, concurrency: concurrency)
        defer { batch.hub.close() }
        var output = PredictionOutput(csv ? .csv : hub.json ? .jsonLines : .table, to: .output)
        var bar = ProgressBar(on: .errors)
        var state = ProgressBar.State(total: source.total)
        var failures: [EntityOutcome] = []
        do {
            try await batch.run(source) { outcomes in
                state.done += outcomes.count
                let failed = outcomes.filter { if case .failure = $0.result { true } else { false } }
                state.failed += failed.count
                failures += failed.prefix(Self.mostTold - failures.count)
                try bar.clear(for: csv || hub.json)
                try output.take(outcomes)
                state.fraction = await source.fraction(done: state.done)
                // One chunk is done before anybody could read how far it is.
                if state.done != source.total { try bar.show(state) }
            }
        } catch {
            try bar.clear()
            throw error
        }
        try bar.clear()
        try output.finish()
        try tell(failures, of: state)
    }

    private func source() throws -> EntityIDSource {
        guard let inputPath else { return try EntityIDSource(arguments: ids) }
        let file = try InputFile(path: inputPath)
        if file.isTerminal { try Terminal.errors.write("One id a line; Ctrl-D ends.\n") }
        return EntityIDSource(input: file, column: csvColumn)
    }

    /// As many failures as a person reads.
    private static let mostTold = 20

    private func tell(_ failures: [EntityOutcome], of state: ProgressBar.State) throws {
        guard state.failed > 0 else { return }
        var lines: [String] = []
        for outcome in failures {
            guard case .failure(let error) = outcome.result else { continue }
            lines.append(TextTable.Cell("  \(outcome.id.text): \(error.message) (\(error.code))").text)
        }
        if state.failed > lines.count { lines.append("  and \(state.failed - lines.count) more; --json tells all.") }
        throw Failure(
            exitCode: state.failed == state.done ? .failure : .init(2),
            "\(state.failed) of \(state.done) ids failed:\n\(lines.joined(separator: "\n"))")
    }
}

extension ProgressBar {
    /// Where output comes while it is drawn, it would stand on the same line.
    fileprivate mutating func clear(for outputComes: Bool) throws {
        if outputComes, Terminal.output.isInteractive { try clear() }
    }
}
