import Foundation
import Logging

/// Deployments on this machine: a replica a model, forked by one Python process.
package final class LocalProcessTarget: DeploymentTarget {
    package let name = "local"
    package let exits: AsyncStream<(run: DeploymentRun, reason: String)>

    private let settings: LocalProcessSettings
    private let artifacts: ModelArtifactFolder
    private let forkServer: ForkServer
    private let replicas = RunningReplicas()
    private let health: ReplicaHealth
    private let exitsContinuation: AsyncStream<(run: DeploymentRun, reason: String)>.Continuation
    private let folder: DeploymentFolder

    /// How often replicas are asked whether they hang.
    private static let healthCheck = Duration.seconds(1)

    package init(
        _ settings: LocalProcessSettings, registry: MLflowRegistry, client: EgressClient, logger: Logger
    ) throws(PalantirError) {
        self.settings = settings
        health = ReplicaHealth(client: client)
        folder = try DeploymentFolder(path: settings.folder)
        artifacts = ModelArtifactFolder(path: folder.models, registry: registry, logger: logger)
        forkServer = ForkServer(
            ForkServer.Configuration(
                python: settings.python, script: folder.script, scratch: folder.scratch, log: folder.forkServerLog),
            logger: logger)
        (exits, exitsContinuation) = AsyncStream.makeStream()
    }

    package func prepare(_ deployable: DeployableVersion) async throws(PalantirError) {
        _ = try await artifacts.download(deployable)
    }

    package func start(_ run: DeploymentRun) async throws(PalantirError) -> DeployedAddress {
        let path = try await artifacts.download(run.deployable)
        let secret = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
        let log = folder.log(of: run.deployable.model)
        folder.trim(log)
        let name = Self.name(of: run)
        replicas.add(run, named: name)
        let listening: ForkServer.Listening
        do throws(PalantirError) {
            listening = try await forkServer.start(
                name, modelPath: path, secret: secret, logPath: log, memoryLimit: settings.memoryLimit,
                user: settings.user)
        } catch {
            replicas.remove(name)
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
        replicas.remove(name)
        await forkServer.stop(name)
    }

    package func log(of model: String, lines: Int) async -> [String] {
        folder.lastLines(of: folder.log(of: model), lines)
    }

    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.forkServer.run() }
            group.addTask {
                for await (name, reason) in self.forkServer.exits {
                    if let run = self.replicas.remove(name) { self.exitsContinuation.yield((run, reason)) }
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
                time > settings.longestCall, let run = replicas.remove(name)
            else { continue }
            exitsContinuation.yield((run, "its model did not answer for \(Int(time / .seconds(1))) s"))
            await forkServer.stop(name, grace: .zero)
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
    /// A replica's own memory, beyond what it shares; nil for no limit.
    package let memoryLimit: Int?
    /// Nil: the hub's own user.
    package let user: ReplicaUser?
    /// A model that is longer at one call is ended: it hangs.
    package let longestCall: Duration

    package init(folder: String, python: String, memoryLimit: Int?, user: ReplicaUser?, longestCall: Duration) {
        self.folder = folder
        self.python = python
        self.memoryLimit = memoryLimit
        self.user = user
        self.longestCall = longestCall
    }
}
