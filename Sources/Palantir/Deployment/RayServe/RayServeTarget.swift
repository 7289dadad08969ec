import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// Deployments as applications of Ray Serve, one a model: a new version takes over within its application, replica by
/// replica.
///
/// The applications go on when a hub ends, since other hubs ask them too, and it finds them when it starts again.
package final class RayServeTarget: DeploymentTarget {
    package let name = "ray"
    package let exits: AsyncStream<(run: DeploymentRun, reason: String)>

    private let settings: RaySettings
    private let files: RayServeFiles
    private let client: EgressClient
    let dashboard: RayDashboard
    let declarer: RayDeclarer
    private let log = RayLog()
    let state: SharedState
    let exitsContinuation: AsyncStream<(run: DeploymentRun, reason: String)>.Continuation

    /// What the declarer has to see too.
    final class SharedState: Sendable {
        let runs = Mutex(RayRuns())
        let seen = Mutex(Seen())
    }

    struct Seen {
        var latest: (serve: RayServeState, at: ContinuousClock.Instant)?
        /// Runs that have not answered yet.
        var starting: Set<UInt64> = []
        var unhealthySince: [String: ContinuousClock.Instant] = [:]
    }

    /// Ray may have to start a machine for it first.
    private static let startTimeout = Duration.seconds(900)
    private static let pauseWhileStarting = Duration.milliseconds(500)
    private static let pause = Duration.seconds(3)
    /// Ray replaces replicas that died or hang itself.
    private static let longestUnhealthy = Duration.seconds(60)
    /// Ray's proxy learns of a new application a moment after it runs.
    private static let proxyTimeout = Duration.seconds(20)

    package init(_ settings: RaySettings, files: RayServeFiles, client: EgressClient, logger: Logger) {
        self.settings = settings
        self.files = files
        self.client = client
        let state = SharedState()
        self.state = state
        dashboard = RayDashboard(client: client, base: settings.dashboard.text, token: settings.token)
        declarer = RayDeclarer(dashboard: dashboard, proxy: settings.proxy, logger: logger) { application in
            state.runs.withLock { $0.declared(application) }
                .map { RayApplicationConfig($0.deployable, code: files.code, settings: settings) }
        }
        (exits, exitsContinuation) = AsyncStream.makeStream()
    }

    package func prepare(_ deployable: DeployableVersion) async throws(PalantirError) {
        try await files.prepare(deployable)
    }

    package func start(_ run: DeploymentRun) async throws(PalantirError) -> DeployedAddress {
        try await files.prepare(run.deployable)
        let application = RayApplicationConfig.name(of: run.deployable.model)
        state.runs.withLock { $0.add(run) }
        state.seen.withLock { _ = $0.starting.insert(run.number) }
        defer { state.seen.withLock { _ = $0.starting.remove(run.number) } }
        do throws(PalantirError) {
            if run.isRestart { try await removeIfUnchanged(run, application) }
            try await declarer.settle(application)
            try await waitUntilRunning(run, application)
            return try await address(of: run, application)
        } catch {
            // A hub that ends leaves its applications as they are.
            if !Task.isCancelled {
                state.runs.withLock { $0.remove(run) }
                try? await declarer.settle(application)
            }
            throw error
        }
    }

    package func stop(_ run: DeploymentRun) async {
        state.runs.withLock { $0.remove(run) }
        // Nothing changes if a newer run has taken over the application.
        try? await declarer.settle(RayApplicationConfig.name(of: run.deployable.model))
    }

    package func adapt(_ run: DeploymentRun) async {
        state.runs.withLock { $0.update(run) }
        try? await declarer.settle(RayApplicationConfig.name(of: run.deployable.model))
    }

    package func log(of model: String, lines: Int) async -> [String] {
        log.lines(of: RayApplicationConfig.name(of: model), lines)
    }

    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.declarer.run() }
            group.addTask {
                while !Task.isCancelled {
                    let isStarting = self.state.seen.withLock { !$0.starting.isEmpty }
                    try? await Task.sleep(for: isStarting ? Self.pauseWhileStarting : Self.pause)
                    await self.look()
                }
            }
        }
    }

    // MARK: - Starting

    private func waitUntilRunning(_ run: DeploymentRun, _ application: String) async throws(PalantirError) {
        let declared = ContinuousClock.now
        let deadline = Deadline.after(Self.startTimeout)
        while !deadline.hasPassed, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            guard let latest = state.seen.withLock({ $0.latest }), latest.at > declared else { continue }
            guard state.runs.withLock({ $0.newest(of: application)?.number }) == run.number else {
                throw .notStarted("another version is wanted by now")
            }
            guard let found = latest.serve.application(named: application), !found.isDeleting else {
                throw .notStarted("somebody else has removed it from Ray")
            }
            guard isDeclared(found, for: run) else {
                throw .notStarted("somebody else, perhaps another hub, has declared another version of it")
            }
            switch found.status {
            case "RUNNING": return
            case "DEPLOY_FAILED": throw .notStarted(Self.reason(found.message))
            default: continue
            }
        }
        throw .notStarted("Ray had not started it after \(Int(Self.startTimeout / .seconds(1))) s")
    }

    private struct Health: Decodable {
        let example: String
        let version: Int
    }

    private func address(of run: DeploymentRun, _ application: String) async throws(PalantirError) -> DeployedAddress {
        let base = settings.serve.text + "/" + application
        let deadline = Deadline.after(Self.proxyTimeout)
        var problem = "no answer"
        while !deadline.hasPassed, !Task.isCancelled {
            switch await client.send(.GET, base + "/health", maxAnswerBytes: 65_536, by: deadline) {
            case .success(let answer):
                if let health = try? JSONDecoder().decode(Health.self, from: Data(answer.body.readableBytesView)),
                    health.version == run.deployable.version, let uri = ModelURI(base + "/predict")
                {
                    return DeployedAddress(
                        uri: uri, secret: settings.key.secret(of: application),
                        hasAnsweredExample: health.example == "answered", isReplicated: true)
                }
                problem = "status \(answer.status)"
            case .failure(let failure): problem = "\(failure)"
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
        throw .notStarted("Ray runs it, but it does not answer at \(base) (PALANTIR_RAY_SERVE_URL): \(problem)")
    }

    func isDeclared(_ application: RayServeState.Application, for run: DeploymentRun) -> Bool {
        let declared = application.config.flatMap(RayApplicationConfig.init)
        // Replicas may be scaled by another hub, or by hand.
        return declared?.args == RayApplicationConfig(run.deployable, code: files.code, settings: settings).args
    }

    /// Of a traceback the last line, which tells what went wrong.
    static func reason(_ message: String) -> String {
        let lines = message.split(whereSeparator: \.isNewline).map(\.trimmingSpaces).filter { !$0.isEmpty }
        // The address of an artifact is a secret itself.
        return lines.last.map { String($0.prefix(500)).withoutPlaces } ?? "Ray does not say why"
    }

    // MARK: - Watching

    private func look() async {
        let applications = state.runs.withLock { $0.applications }
        declarer.retry()
        guard !applications.isEmpty else { return }
        let now = ContinuousClock.now
        // A dashboard that does not answer says nothing of the applications.
        guard let serve = try? await dashboard.state() else { return }
        state.seen.withLock { $0.latest = (serve, now) }
        for application in applications {
            if let found = serve.application(named: application) { log.note(found) }
            guard let run = state.runs.withLock({ $0.newest(of: application) }),
                !state.seen.withLock({ $0.starting.contains(run.number) }),
                let reason = end(of: run, serve.application(named: application), at: now)
            else { continue }
            state.runs.withLock { $0.remove(run) }
            exitsContinuation.yield((run, reason))
        }
    }

    /// Why an application that ran answers no more; nil if it does, or may again in a moment.
    private func end(
        of run: DeploymentRun, _ application: RayServeState.Application?, at now: ContinuousClock.Instant
    ) -> String? {
        guard let application, !application.isDeleting else { return "it is not in Ray any more" }
        // Another version's state says nothing of this one: it fails while this one goes on, or another hub is ahead.
        guard isDeclared(application, for: run) else { return nil }
        let name = application.name
        let since = state.seen.withLock { seen -> ContinuousClock.Instant? in
            seen.unhealthySince[name] = application.status == "UNHEALTHY" ? seen.unhealthySince[name] ?? now : nil
            return seen.unhealthySince[name]
        }
        if application.status == "DEPLOY_FAILED" { return Self.reason(application.message) }
        if let since, since.duration(to: now) > Self.longestUnhealthy { return Self.reason(application.message) }
        return nil
    }
}
