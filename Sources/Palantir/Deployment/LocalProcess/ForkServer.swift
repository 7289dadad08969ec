import Foundation
import Logging
import Subprocess
import Synchronization
import SystemPackage

/// The Python process that imports MLflow once and forks a replica for each model: started when the hub starts, and
/// again whenever it ends. Its protocol is told in `Python/fork_server.py`.
final class ForkServer: Sendable {
    struct Configuration: Sendable {
        let python: String
        let script: String
        /// For the replicas' private folders.
        let scratch: String
        let log: String
        /// Nil: the hub's own, which can start replicas as others where it is root.
        let user: ReplicaUser?
    }

    private struct State {
        var isReady = false
        /// Why it does not become ready, as it says itself.
        var problem: String?
        var waitingForReady: [Pending<Result<Void, PalantirError>>] = []
        var starting: [String: Pending<Result<Listening, PalantirError>>] = [:]
        var running: Set<String> = []
        var stopping: [String: Pending<Void>] = [:]
        /// To the process of the moment; nil while there is none.
        var commands: AsyncStream<ForkServerCommand>.Continuation?
    }

    struct Listening: Sendable {
        let port: Int
        let answeredExample: Bool
    }

    private let configuration: Configuration
    private let logger: Logger
    private let state = Mutex(State())
    /// Replicas that ended without having been told to.
    let exits: AsyncStream<(deployment: String, reason: String)>
    private let exitsContinuation: AsyncStream<(deployment: String, reason: String)>.Continuation

    /// Importing scikit-learn and pandas takes three to six seconds, and more on a machine that has just started.
    private static let importTimeout = Duration.seconds(60)
    private static let loadTimeout = Duration.seconds(120)
    /// What a replica gets to end by itself.
    static let grace = Duration.seconds(5)
    private static let firstRetry = Duration.milliseconds(200)
    private static let longestRetry = Duration.seconds(30)

    init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        (exits, exitsContinuation) = AsyncStream.makeStream()
    }

    /// Starts a replica, and returns once it answers.
    func start(
        _ deployment: String, modelPath: String, secret: String, logPath: String, memoryLimit: Int?, user: ReplicaUser?
    ) async throws(PalantirError) -> Listening {
        try await waitUntilReady()
        let pending = Pending<Result<Listening, PalantirError>>()
        let start = ForkServerStart(
            deployment: deployment, modelPath: modelPath, secret: secret, logPath: logPath,
            memoryLimitBytes: memoryLimit, user: user, graceSeconds: Self.grace / .seconds(1),
            loadTimeoutSeconds: Self.loadTimeout / .seconds(1))
        state.withLock { state in
            state.starting[deployment] = pending
            state.running.insert(deployment)
            state.commands?.yield(.start(start))
        }
        // The fork server's own limit comes first; this one is for a fork server that hangs.
        let late = Result<Listening, PalantirError>.failure(.notStarted("the fork server does not answer"))
        do throws(PalantirError) {
            return try await pending.value(
                by: .after(Self.loadTimeout + .seconds(10)), late: late, cancelled: late
            ).get()
        } catch {
            await stop(deployment)
            throw error
        }
    }

    /// Ends a replica, and returns when it is gone.
    func stop(_ deployment: String, grace: Duration = ForkServer.grace) async {
        let pending = Pending<Void>()
        let isRunning = state.withLock { state in
            guard state.running.contains(deployment) else { return false }
            state.stopping[deployment] = pending
            state.commands?.yield(.stop(deployment: deployment, graceSeconds: grace / .seconds(1)))
            return true
        }
        guard isRunning else { return }
        await pending.value(by: .after(grace + .seconds(5)), late: (), cancelled: ())
    }

    private func waitUntilReady() async throws(PalantirError) {
        let pending = Pending<Result<Void, PalantirError>>()
        let isReady = state.withLock { state in
            if !state.isReady { state.waitingForReady.append(pending) }
            return state.isReady
        }
        guard !isReady else { return }
        let late = Result<Void, PalantirError>.failure(.notStarted("the fork server imports MLflow still"))
        try await pending.value(by: .after(Self.importTimeout), late: late, cancelled: late).get()
    }

    // MARK: - The process

    /// Keeps the process running; returns when its task is cancelled, with every replica ended.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            let started = ContinuousClock.now
            let reason = await runOnce()
            guard !Task.isCancelled else { return }
            lost(reason)
            failures = started.duration(to: .now) > .seconds(60) ? 1 : failures + 1
            logger.warning("The fork server ended; it is started again", metadata: ["reason": "\(reason)"])
            try? await Task.sleep(for: min(Self.firstRetry * (1 << min(failures - 1, 10)), Self.longestRetry))
        }
    }

    /// - Returns: why it ended.
    private func runOnce() async -> String {
        guard FileManager.default.isExecutableFile(atPath: configuration.python) else {
            return "there is no Python at \(configuration.python): run `palantir setup python`, or set PALANTIR_PYTHON"
        }
        do {
            let log = try FileDescriptor.open(
                FilePath(configuration.log), .writeOnly, options: [.append, .create], permissions: .ownerReadWrite)
            defer { try? log.close() }
            var options = PlatformOptions()
            options.teardownSequence = [
                .send(signal: .terminate, allowedDurationToNextStep: Self.grace + .seconds(1))
            ]
            if let user = configuration.user {
                options.userID = user.uid
                options.groupID = user.gid
                options.supplementaryGroups = []
            }
            // Nothing of ours is inherited: no key, no DSN, no token.
            let environment: Environment = .custom(["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"])
            let result = try await Subprocess.run(
                .path(FilePath(configuration.python)),
                arguments: ["-I", configuration.script, "--scratch", configuration.scratch],
                environment: environment, platformOptions: options, input: .inputWriter, output: .sequence,
                error: .fileDescriptor(log, closeAfterSpawningProcess: false)
            ) { execution in
                try await self.converse(execution.standardInputWriter, execution.standardOutput)
            }
            return "it ended: \(result.terminationStatus)"
        } catch {
            return "\(configuration.python) could not be run: \(error)"
        }
    }

    private func converse(
        _ writer: StandardInputWriter, _ output: SubprocessOutputSequence
    ) async throws {
        let (commands, continuation) = AsyncStream<ForkServerCommand>.makeStream()
        state.withLock { $0.commands = continuation }
        defer {
            state.withLock { $0.commands = nil }
            continuation.finish()
        }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await command in commands { _ = try await writer.write(command.line) }
            }
            group.addTask {
                for try await line in output.strings() { self.hear(line) }
            }
            // Whichever ends first: the process is gone, or does not listen any more.
            try await group.next()
            group.cancelAll()
        }
    }

    private func hear(_ line: String) {
        guard let event = ForkServerEvent(line: line) else { return }
        switch event {
        case .ready:
            let waiting = state.withLock { state in
                state.isReady = true
                state.problem = nil
                defer { state.waitingForReady = [] }
                return state.waitingForReady
            }
            logger.info("The fork server is ready")
            for pending in waiting { pending.settle(.success(())) }
        case .listening(let deployment, let port, let answeredExample):
            let pending = state.withLock { $0.starting.removeValue(forKey: deployment) }
            pending?.settle(.success(Listening(port: port, answeredExample: answeredExample)))
        case .failed(let deployment, let reason):
            let pending = state.withLock { $0.starting.removeValue(forKey: deployment) }
            pending?.settle(.failure(.notStarted(reason)))
        case .exited(let deployment, let expected, let reason): ended(deployment, expected: expected, reason)
        case .error(let deployment?, let reason):
            let pending = state.withLock { $0.starting.removeValue(forKey: deployment) }
            pending?.settle(.failure(.notStarted(reason)))
        case .error(nil, let reason):
            state.withLock { $0.problem = reason }
            logger.warning("The fork server reports an error", metadata: ["reason": "\(reason)"])
        }
    }

    private func ended(_ deployment: String, expected: Bool, _ reason: String) {
        let (starting, stopping) = state.withLock { state in
            state.running.remove(deployment)
            return (state.starting.removeValue(forKey: deployment), state.stopping.removeValue(forKey: deployment))
        }
        starting?.settle(.failure(.notStarted(reason)))
        stopping?.settle(())
        if starting == nil, stopping == nil, !expected { exitsContinuation.yield((deployment, reason)) }
    }

    /// The process is gone, and its replicas with it.
    private func lost(_ reason: String) {
        let (running, waiting, problem) = state.withLock { state in
            defer {
                state.isReady = false
                state.problem = nil
                state.waitingForReady = []
            }
            return (state.running, state.waitingForReady, state.problem ?? reason)
        }
        // Who waits learns it now; the deployment is tried again in its own time.
        for pending in waiting { pending.settle(.failure(.notStarted("the fork server is not ready: \(problem)"))) }
        for deployment in running { ended(deployment, expected: false, "the fork server ended") }
    }
}

extension PalantirError {
    /// - Parameter reason: for those who may see deployments; callers of predictions are told that there is none.
    static func notStarted(_ reason: String) -> PalantirError {
        PalantirError(.modelNotReady, "The model could not be started.", cause: reason)
    }
}
