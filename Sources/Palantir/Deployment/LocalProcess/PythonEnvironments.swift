import Foundation
import Logging
import Synchronization

/// Python environments made from models' own `requirements.txt`: each made once, kept on disk, whole or not there.
final class PythonEnvironments: Sendable {
    private typealias Outcome = Result<PythonEnvironment, PalantirError>

    private let folder: String
    private let python: String
    private let logger: Logger
    private let folders: KeptFolders
    private let variables: [String: String]
    /// Those that wait for an environment that another is making.
    private let making = Mutex<[String: [Pending<Outcome>]]>([:])

    /// Written last, so that a folder that has it is whole.
    private static let stamp = ".palantir-environment"
    /// Of a large model's packages on a slow network.
    private static let limit = Duration.seconds(1_800)
    /// What a reader of the reason needs of the installer's last words.
    private static let shownLines = 12

    /// - Parameter path: the folder that all of them are in.
    init(path: String, python: String, logger: Logger) {
        folder = path
        self.python = python
        self.logger = logger
        folders = KeptFolders(path: path, logger: logger)
        variables = ProgramRun.installing(from: ProcessInfo.processInfo.environment)
    }

    /// The environment of a model, which is made unless it is there.
    ///
    /// - Parameter artifacts: the folder of the model's artifacts.
    /// - Throws: `MODEL_NOT_READY` with the installer's last lines.
    func environment(of artifacts: String) async throws(PalantirError) -> PythonEnvironment {
        let requirements = try Self.requirements(in: artifacts)
        let identity = requirements.identity(python: try await describePython())
        let id = Self.id(of: identity)
        folders.use(id)
        let environment = PythonEnvironment(id: id, python: "\(folder)/\(id)/bin/python")
        if isWhole(environment, identity) { return environment }
        let pending = Pending<Outcome>()
        let isFirst = making.withLock { making in
            defer { making[id]?.append(pending) }
            guard making[id] == nil else { return false }
            making[id] = []
            return true
        }
        guard isFirst else {
            let late = Outcome.failure(.notStarted("its Python environment is being made for another model still"))
            return try await pending.value(by: .after(Self.limit * 2), late: late, cancelled: late).get()
        }
        let outcome: Outcome
        do throws(PalantirError) {
            // Another may have made it since it was looked for.
            if !isWhole(environment, identity) { try await make(environment, requirements, identity) }
            outcome = .success(environment)
        } catch {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(id)")
            outcome = .failure(error)
        }
        for waiting in making.withLock({ $0.removeValue(forKey: id) }) ?? [] { waiting.settle(outcome) }
        return try outcome.get()
    }

    /// Removes what none of these artifacts has asked for in a day.
    ///
    /// - Parameter used: environments that replicas run in, whatever is asked for.
    /// - Throws: `MODEL_NOT_READY` if the Python does not run, without which nobody knows which are asked for.
    func keepOnly(_ artifacts: [String], used: [PythonEnvironment], at now: Date) async throws(PalantirError) {
        let python = try await describePython()
        // Of artifacts that are not there, or that cannot be followed, nothing was made.
        let asked = artifacts.compactMap { try? Self.requirements(in: $0).identity(python: python) }.map(Self.id)
        await folders.keepOnly(Set(asked + used.map(\.id)), at: now)
    }

    private static func id(of identity: String) -> String {
        String(Checksum.of(Data(identity.utf8)), radix: 16)
    }

    private func isWhole(_ environment: PythonEnvironment, _ identity: String) -> Bool {
        let written = try? String(contentsOfFile: "\(folder)/\(environment.id)/\(Self.stamp)", encoding: .utf8)
        // Two of one checksum would be told apart here. A Python that was removed leaves a link to nowhere.
        return written == identity && FileManager.default.isExecutableFile(atPath: environment.python)
    }

    private static func requirements(in artifacts: String) throws(PalantirError) -> PythonRequirements {
        func read(_ file: String) -> String? { try? String(contentsOfFile: "\(artifacts)/\(file)", encoding: .utf8) }
        guard let text = read("requirements.txt") else {
            throw .notStarted("its artifacts hold no requirements.txt, which its Python environment is made from")
        }
        return try PythonRequirements(text, file: read)
    }

    // MARK: - Making

    /// Its version and place: a package that was built for one does not run on another.
    private func describePython() async throws(PalantirError) -> String {
        guard let path = ProgramRun.path(of: python) else {
            throw .notStarted("there is no Python at \(python): run `palantir setup python`, or set PALANTIR_PYTHON")
        }
        let question = "import sys, platform; print(platform.python_version(), sys.base_prefix)"
        let answer = try await ProgramRun(
            path, ["-I", "-c", question], environment: variables, limit: .seconds(60)
        ).run()
        guard answer.isSuccess, let line = answer.lastLines.last else {
            throw .notStarted("\(python) does not run: \(answer.lastLines.joined(separator: "\n"))")
        }
        return line
    }

    private func make(
        _ environment: PythonEnvironment, _ requirements: PythonRequirements, _ identity: String
    ) async throws(PalantirError) {
        let beside = (python as NSString).deletingLastPathComponent + "/uv"
        guard let uv = ProgramRun.path(of: beside) ?? ProgramRun.path(of: "uv") else {
            throw .notStarted(
                "there is no uv, which makes models' Python environments, at \(beside) or on the PATH: run "
                    + "`palantir setup python`")
        }
        logger.info("Making a Python environment", metadata: ["environment": "\(environment.id)"])
        // In its final place, since an environment belongs to it.
        let place = "\(folder)/\(environment.id)"
        try await run(uv, ["venv", "--quiet", "--clear", "--no-project", "--python", python, place])
        var install = ["pip", "install", "--python", environment.python]
        // A package's build would run its author's code as the hub's own user; models run as another where they can.
        install += ["--only-binary", ":all:", "--requirement", "\(place)/requirements.txt"]
        do {
            try Data(requirements.text.utf8).write(to: URL(fileURLWithPath: "\(place)/requirements.txt"))
            if let constraints = requirements.constraints {
                try Data(constraints.utf8).write(to: URL(fileURLWithPath: "\(place)/constraints.txt"))
                install += ["--constraint", "\(place)/constraints.txt"]
            }
        } catch {
            throw .notStarted("\(place) cannot be written: \(error)")
        }
        try await run(uv, install)
        do {
            try Data(identity.utf8).write(to: URL(fileURLWithPath: "\(place)/\(Self.stamp)"), options: .atomic)
        } catch {
            throw .notStarted("\(place) cannot be written: \(error)")
        }
    }

    private func run(_ uv: String, _ arguments: [String]) async throws(PalantirError) {
        let logger = logger
        let outcome = try await ProgramRun(uv, arguments, environment: variables, limit: Self.limit).run { line in
            logger.debug("uv", metadata: ["line": "\(line)"])
        }
        guard outcome.isSuccess else {
            throw .notStarted(
                "its Python environment could not be made:\n"
                    + outcome.lastLines.suffix(Self.shownLines).joined(separator: "\n"))
        }
    }
}
