import Foundation

/// Makes the data folder's own Python: a virtual environment with what serves models, whole or not there.
package struct PythonSetup: Sendable {
    /// A virtual environment belongs to the place it was made at.
    private let folder: String
    private let basePython: String
    private let environment: [String: String]

    package struct Made: Hashable, Sendable, Codable {
        package let python: String
        package let version: String
        package let mlflow: String
        /// What it was made of: another requirement or another Python makes it anew.
        fileprivate let identity: String
    }

    /// Written last, so that a folder that has it is whole.
    private static let stamp = ".palantir-environment"

    /// - Parameters:
    ///   - data: Palantir's own folder.
    ///   - basePython: a path, or a name on the `PATH`.
    package init(data: String, basePython: String) {
        folder = URL(fileURLWithPath: data + "/python").path
        self.basePython = basePython
        environment = ProgramRun.installing(from: ProcessInfo.processInfo.environment)
    }

    /// - Parameter report: gets each step, and each line of the programs that do it.
    /// - Returns: the environment, and whether it was made now.
    /// - Throws: `MODEL_NOT_READY` with the reason as its cause.
    package func run(
        _ report: @escaping @Sendable (String) -> Void
    ) async throws(PalantirError) -> (made: Made, isNew: Bool) {
        let base = try await findBase()
        let identity = "\(folder)\n\(base.description)\n" + String(decoding: ScorerFiles.requirements, as: UTF8.self)
        if let made, made.identity == identity, ProgramRun.path(of: made.python) != nil { return (made, false) }
        try makeRoom()
        do throws(PalantirError) {
            let python = try await install(base.path, report)
            report("Importing what serves models")
            let versions = try await check(python)
            let made = Made(python: python, version: versions.python, mlflow: versions.mlflow, identity: identity)
            try written { try JSONEncoder().encode(made).write(to: URL(fileURLWithPath: "\(folder)/\(Self.stamp)")) }
            return (made, true)
        } catch {
            // Half of one would only fail later, at the first model.
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    private var made: Made? {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(Self.stamp)") else { return nil }
        return try? JSONDecoder().decode(Made.self, from: data)
    }

    // MARK: - Steps

    private func findBase() async throws(PalantirError) -> (path: String, description: String) {
        guard let path = ProgramRun.path(of: basePython) else {
            throw .notStarted(
                "there is no program \(basePython); install Python 3.10 or newer, or name one by --python3")
        }
        let question = "import sys; print(*sys.version_info[:3], sep='.'); print(sys.base_prefix)"
        let answer = try await ProgramRun(path, ["-I", "-c", question], environment: environment).run()
        guard answer.isSuccess, let version = answer.lastLines.first else {
            throw .notStarted("\(path) is no Python 3: \(answer.lastLines.joined(separator: "\n"))")
        }
        let parts = version.split(separator: ".").compactMap { Int($0) }
        guard parts.count == 3, (parts[0], parts[1]) >= (3, 10) else {
            throw .notStarted("\(path) is Python \(version); MLflow needs 3.10 or newer: name one by --python3")
        }
        return (path, answer.lastLines.joined(separator: " "))
    }

    /// What is there and is whole has served until now; what is no environment at all is somebody's own.
    private func makeRoom() throws(PalantirError) {
        let files = FileManager.default
        if let contents = try? files.contentsOfDirectory(atPath: folder), !contents.isEmpty {
            guard contents.contains("pyvenv.cfg") else {
                throw .notStarted("\(folder) is there and is no Python environment; move it away")
            }
        }
        try written {
            if files.fileExists(atPath: folder) { try files.removeItem(atPath: folder) }
            // Models may run as another user, which has to reach it.
            try files.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        }
    }

    private func install(
        _ base: String, _ report: @escaping @Sendable (String) -> Void
    ) async throws(PalantirError) -> String {
        report("Making a Python environment in \(folder)")
        try await step(base, ["-m", "venv", folder], report)
        let python = folder + "/bin/python"
        let requirements = folder + "/requirements.txt"
        try written { try Data(ScorerFiles.requirements).write(to: URL(fileURLWithPath: requirements)) }
        report("Installing packages, about 360 MB")
        do throws(PalantirError) {
            // In seconds, where pip takes minutes.
            try await step(python, ["-m", "pip", "install", "--quiet", "uv"], report)
            try await step(
                folder + "/bin/uv", ["pip", "install", "--python", python, "--requirement", requirements], report)
        } catch {
            guard !Task.isCancelled else { throw error }
            // Where pip is told of another index or certificate, uv may not reach it.
            report("uv did not do it; going on with pip")
            try await step(python, ["-m", "pip", "install", "--requirement", requirements], report)
        }
        return python
    }

    /// Runs the fork server's imports once: its input ends at once, so it does too.
    private func check(_ python: String) async throws(PalantirError) -> (python: String, mlflow: String) {
        let place = folder + "/check"
        var script = ""
        try written {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            script = try ScorerFiles.write(to: place)
        }
        defer { try? FileManager.default.removeItem(atPath: place) }
        let run = ProgramRun(
            python, ["-I", "-B", script, "--scratch", place + "/replicas"],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"], limit: .seconds(300))
        let outcome = try await run.run()
        for event in outcome.lastLines.compactMap(ForkServerEvent.init(line:)) {
            switch event {
            case .ready(let python, let mlflow): return (python, mlflow)
            case .error(_, let reason): throw .notStarted(reason)
            default: continue
            }
        }
        throw .notStarted("what serves models does not start:\n" + outcome.lastLines.joined(separator: "\n"))
    }

    private func step(
        _ program: String, _ arguments: [String], _ report: @escaping @Sendable (String) -> Void
    ) async throws(PalantirError) {
        let outcome = try await ProgramRun(program, arguments, environment: environment).run(report)
        guard outcome.isSuccess else {
            throw .notStarted("\(program) failed:\n" + outcome.lastLines.joined(separator: "\n"))
        }
    }

    private func written(_ body: () throws -> Void) throws(PalantirError) {
        do {
            try body()
        } catch {
            throw .notStarted("\(folder) cannot be written: \(error)")
        }
    }
}
