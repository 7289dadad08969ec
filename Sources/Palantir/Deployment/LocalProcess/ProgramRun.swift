import Foundation
import Subprocess
import SystemPackage

/// A program that runs to its end, and what it writes; it is ended when its task is cancelled or its time is over.
struct ProgramRun: Sendable {
    let program: String
    let arguments: [String]
    let environment: [String: String]
    let limit: Duration

    struct Outcome: Sendable {
        let isSuccess: Bool
        /// Of standard output and standard error, as they came.
        let lastLines: [String]
    }

    /// Installers say what went wrong at the end.
    private static let keptLines = 30

    init(
        _ program: String, _ arguments: [String], environment: [String: String], limit: Duration = .seconds(1_800)
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.limit = limit
    }

    /// - Parameter report: gets each line.
    /// - Throws: `MODEL_NOT_READY` if it cannot be run, or does not end in time.
    func run(_ report: @escaping @Sendable (String) -> Void = { _ in }) async throws(PalantirError) -> Outcome {
        do {
            return try await withThrowingTaskGroup(of: Outcome?.self) { group in
                group.addTask { try await runToEnd(report) }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                let first = try await group.next()
                group.cancelAll()
                guard let outcome = first ?? nil else {
                    throw PalantirError.notStarted("\(program) takes over \(limit)")
                }
                return outcome
            }
        } catch let error as PalantirError {
            throw error
        } catch is CancellationError {
            throw .notStarted("\(program) was interrupted")
        } catch {
            throw .notStarted("\(program) could not be run: \(error)")
        }
    }

    private func runToEnd(_ report: @Sendable (String) -> Void) async throws -> Outcome {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
        let variables = environment.map { (Environment.Key(stringLiteral: $0), $1) }
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)), platformOptions: options,
            input: .string(""), output: .sequence, error: .combinedWithOutput
        ) { execution in
            var last: [String] = []
            for try await line in execution.standardOutput.strings() {
                report(line)
                last.append(line)
                if last.count > Self.keptLines { last.removeFirst() }
            }
            return last
        }
        try Task.checkCancellation()
        return Outcome(isSuccess: result.terminationStatus.isSuccess, lastLines: result.closureResult)
    }
}

extension ProgramRun {
    /// What a program that installs packages gets of an environment: the way to the packages, and none of the hub's
    /// own secrets.
    static func installing(from environment: [String: String]) -> [String: String] {
        let names: Set = [
            "PATH", "HOME", "LANG", "TMPDIR", "NETRC", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSL_CERT_FILE",
            "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY",
            "NO_PROXY",
        ]
        let kept = environment.filter { name, _ in
            names.contains(name.uppercased()) || name.hasPrefix("UV_") || name.hasPrefix("PIP_")
        }
        // The Python is the operator's choice.
        return kept.merging(["UV_PYTHON_DOWNLOADS": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"]) { $1 }
    }

    /// The program of a name on the `PATH`, or at a path; nil if there is none.
    static func path(of name: String) -> String? {
        if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
        let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(name)" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }
}
