import Foundation
import Logging

/// Deployments on this machine: a replica a model, forked by the Python process of its environment.
package final class LocalProcessTarget: DeploymentTarget {
    package let name = "local"
    package let exits: AsyncStream<(run: DeploymentRun, reason: String)>

    private let settings: LocalProcessSettings
    private let artifacts: ModelArtifactFolder
    /// Nil: one for all models, which the operator made.
    private let environments: PythonEnvironments?
    private let forkServers: ForkServers
    private let replicas = RunningReplicas()
    private let health: ReplicaHealth
    private let exitsContinuation: AsyncStream<(run: DeploymentRun, reason: String)>.Continuation
    private let folder: DeploymentFolder
    private let logger: Logger

    /// How often replicas are asked whether they hang.
    private static let healthCheck = Duration.seconds(1)

    package init(
        _ settings: LocalProcessSettings, registry: MLflowRegistry, client: EgressClient, logger: Logger
    ) throws(PalantirError) {
        self.settings = settings
        self.logger = logger
        health = ReplicaHealth(client: client)
        folder = try DeploymentFolder(path: settings.folder)
        artifacts = ModelArtifactFolder(path: folder.models, registry: registry, logger: logger)
        environments =
            settings.environment == .perModel
            ? PythonEnvironments(path: folder.environments, python: settings.python, logger: logger) : nil
        // The packages of a model's own environment are its author's choice, so what imports them is to be no root.
        let user = settings.environment == .perModel ? settings.user : nil
        let folder = folder
        forkServers = ForkServers { environment throws(PalantirError) in
            let configuration = ForkServer.Configuration(
                python: environment.python, script: folder.script,
                scratch: try folder.scratch(of: environment, for: user), log: folder.log(of: environment), user: user)
            return ForkServer(configuration, logger: logger)
        }
        (exits, exitsContinuation) = AsyncStream.makeStream()
    }

    package func prepare(_ deployable: DeployableVersion) async throws(PalantirError) {
        _ = try await environment(of: try await artifacts.download(deployable))
    }

    private func environment(of path: String) async throws(PalantirError) -> PythonEnvironment {
        guard let environments else { return .shared(settings.python) }
        return try await environments.environment(of: path)
    }

    package func start(_ run: DeploymentRun) async throws(PalantirError) -> DeployedAddress {
        let path = try await artifacts.download(run.deployable)
        let environment = try await environment(of: path)
        let secret = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
        let log = folder.log(of: run.deployable.model)
        folder.trim(log)
        // Where the fork server is the model's user, it writes the log as that.
        if environments != nil, let user = settings.user { folder.give(log, to: user) }
        let name = Self.name(of: run)
        let server = try forkServers.acquire(environment)
        replicas.add(.init(run: run, environment: environment, server: server), named: name)
        let listening: ForkServer.Listening
        do throws(PalantirError) {
            listening = try await server.start(
                name, modelPath: path, secret: secret, logPath: log, memoryLimit: settings.memoryLimit,
                user: environments == nil ? settings.user : nil)
        } catch {
            forget(name)
            throw error
        }
        guard let uri = ModelURI("http://127.0.0.1:\(listening.port)/predict") else {
            throw .notStarted("port \(listening.port) makes no address")
        }
        let address = DeployedAddress(uri: uri, secret: secret, hasAnsweredExample: listening.answeredExample)
        replicas.answers(name, at: address)
        return address
    }

    package func stop(_ run: DeploymentRun) async {
        let name = Self.name(of: run)
        await replicas[name]?.server.stop(name)
        forget(name)
    }

    @discardableResult
    private func forget(_ name: String) -> DeploymentRun? {
        guard let replica = replicas.remove(name) else { return nil }
        forkServers.release(replica.environment)
        return replica.run
    }

    package func keepOnly(_ needed: [DeployableVersion], at now: Date) async {
        let running = Array(replicas.all.values)
        let needed = needed + running.map(\.run.deployable)
        // First, since which packages are asked for stands in the artifacts.
        if let environments {
            do throws(PalantirError) {
                let paths = needed.map { artifacts.path(ofFolder: ModelArtifactFolder.name(of: $0)) }
                try await environments.keepOnly(paths, used: running.map(\.environment), at: now)
            } catch {
                logger.warning(
                    "Python environments that no model needs are not removed",
                    metadata: ["reason": "\(error.cause ?? error.message)"])
            }
        } else {
            await KeptFolders(path: folder.environments, logger: logger).keepOnly([], at: now)
        }
        await artifacts.keepOnly(needed, at: now)
    }

    package func log(of model: String, lines: Int) async -> [String] {
        folder.lastLines(of: folder.log(of: model), lines)
    }

    package func run() async {
        // The one that all models share is begun before the first of them comes, and never released.
        if environments == nil { _ = try? forkServers.acquire(.shared(settings.python)) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.forkServers.run() }
            group.addTask {
                for await (name, reason) in self.forkServers.exits {
                    if let run = self.forget(name) { self.exitsContinuation.yield((run, reason)) }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.healthCheck)
                    await self.endThoseThatHang()
                }
            }
        }
    }

    /// A call that nobody can be waiting for any more holds up all others.
    private func endThoseThatHang() async {
        for (name, replica) in replicas.all {
            guard let address = replica.address, let time = await health.timeOfCall(address),
                time > settings.longestCall, let run = forget(name)
            else { continue }
            exitsContinuation.yield((run, "its model did not answer for \(Int(time / .seconds(1))) s"))
            await replica.server.stop(name, grace: .zero)
        }
    }

    /// Of this process alone: the fork server ends with it.
    private static func name(of run: DeploymentRun) -> String {
        "\(DeploymentFolder.slug(run.deployable.model))-v\(run.deployable.version)-\(run.number)"
    }
}

/// How replicas run on this machine.
package struct LocalProcessSettings: Sendable {
    /// Of the hub's own: artifacts, logs, and what the fork server needs.
    package let folder: String
    package let python: String
    package let environment: PythonEnvironmentMode
    /// A replica's own memory, beyond what it shares; nil for no limit.
    package let memoryLimit: Int?
    /// Nil: the hub's own user.
    package let user: ReplicaUser?
    /// A model that is longer at one call is ended: it hangs.
    package let longestCall: Duration

    package init(
        folder: String, python: String, environment: PythonEnvironmentMode, memoryLimit: Int?, user: ReplicaUser?,
        longestCall: Duration
    ) {
        self.folder = folder
        self.python = python
        self.environment = environment
        self.memoryLimit = memoryLimit
        self.user = user
        self.longestCall = longestCall
    }
}
