import Logging
import ServiceLifecycle
import Synchronization

/// Brings what the registry wants deployed and what the target runs into agreement: feeds each model's
/// ``DeploymentStateMachine`` with what happens, and does what it says.
package final class DeploymentController: Sendable {
    let target: any DeploymentTarget
    let registry: RegistryMirror
    package let endpoints: DeployedEndpoints
    private let trial: DeploymentTrial
    private let limits: Limits
    private let logger: Logger
    private let state = Mutex(State())
    private let news: AsyncStream<News>
    private let newsContinuation: AsyncStream<News>.Continuation

    package struct Limits: Sendable {
        /// Models in memory at once.
        package let maxResident: Int
        /// A model that nobody asks for so long leaves memory; nil: never.
        package let idle: Duration?

        package init(maxResident: Int, idle: Duration?) {
            self.maxResident = maxResident
            self.idle = idle
        }
    }

    private struct State {
        var machines: [ExactText: DeploymentStateMachine] = [:]
        /// Models that somebody asks for and that wait until others have left memory, in the order of asking.
        var queue: [ExactText] = []
    }

    private enum News: Sendable {
        case registryChanged
        case asked(ExactText)
        case prepared(DeploymentRun)
        case started(DeploymentRun, DeployedAddress)
        case failed(DeploymentRun, String)
        case exited(DeploymentRun, String)
        case retry(DeploymentRun)
        case drained(DeploymentRun)
        case restart(ExactText)
        case lookForIdle
    }

    /// How often models that nobody asks for are looked for.
    private static let idleCheck = Duration.seconds(1)
    /// A run that is drained waits so long for the predictions that hold it; each has a deadline of its own.
    private static let longestDrain = Duration.seconds(30)

    package init(
        target: any DeploymentTarget, registry: RegistryMirror, endpoints: DeployedEndpoints, trial: DeploymentTrial,
        limits: Limits, logger: Logger
    ) {
        self.trial = trial
        self.target = target
        self.registry = registry
        self.endpoints = endpoints
        self.limits = limits
        self.logger = logger
        (news, newsContinuation) = AsyncStream.makeStream()
    }

    // MARK: - What people see and ask

    /// By model's name.
    package var deployments: [Deployment] {
        state.withLock { $0.machines.values.compactMap(\.deployment) }.sorted { $0.model < $1.model }
    }

    package func deployment(of model: String) -> Deployment? {
        state.withLock { $0.machines[ExactText(model)]?.deployment }
    }

    /// Those that are wanted, and those that run.
    var knownVersions: [DeployableVersion] {
        state.withLock { $0.machines.values.flatMap(\.versions) }
    }

    /// Starts it anew; the run that serves goes on until the new one is ready, where the target can run both.
    package func restart(_ model: String) {
        newsContinuation.yield(.restart(ExactText(model)))
    }

    package func log(of model: String, lines: Int) async -> [String] {
        await target.log(of: model, lines: lines)
    }

    package var targetName: String { target.name }
}

extension DeploymentController: Service {
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.target.run() }
                group.addTask { for await _ in self.registry.changes { self.newsContinuation.yield(.registryChanged) } }
                group.addTask {
                    for await model in self.endpoints.requests { self.newsContinuation.yield(.asked(model)) }
                }
                group.addTask {
                    for await (run, reason) in self.target.exits { self.newsContinuation.yield(.exited(run, reason)) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.idleCheck)
                        self.newsContinuation.yield(.lookForIdle)
                    }
                }
                group.addTask { await self.keepOnlyWhatIsNeeded() }
                for await item in self.news {
                    for action in self.actions(for: item) {
                        group.addTask { await self.perform(action) }
                    }
                }
            }
        }
    }

    // MARK: - Deciding

    private func actions(for item: News) -> [DeploymentStateMachine.Action] {
        let now = ContinuousClock.now
        let actions = state.withLock { state in
            apply(item, to: &state, at: now) + admit(&state, at: now)
        }
        // Endpoints first, and in order: a run is drained only when no request comes to it any more.
        for action in actions { point(action) }
        return actions
    }

    private func apply(
        _ item: News, to state: inout State, at now: ContinuousClock.Instant
    ) -> [DeploymentStateMachine.Action] {
        func jitter() -> Double { .random(in: 0...1) }
        switch item {
        case .registryChanged: return desire(&state.machines, at: now)
        case .asked(let model):
            if state.machines[model]?.isResident == false, !state.queue.contains(model) { state.queue.append(model) }
            return []
        case .lookForIdle: return letIdleGo(&state.machines, at: now)
        case .restart(let model): return state.machines[model]?.restart(at: now) ?? []
        case .prepared(let run): return state.machines[run.model]?.prepared(run) ?? []
        case .started(let run, let address):
            return state.machines[run.model]?.started(run, address, at: now) ?? [.drain(run)]
        case .failed(let run, let reason):
            return state.machines[run.model]?.failed(run, reason, at: now, jitter: jitter()) ?? []
        case .exited(let run, let reason):
            return state.machines[run.model]?.exited(run, reason, at: now, jitter: jitter()) ?? []
        case .retry(let run): return state.machines[run.model]?.retry(run, at: now) ?? []
        case .drained(let run):
            state.machines[run.model]?.drained(run)
            if state.machines[run.model]?.isOver == true { state.machines[run.model] = nil }
            return []
        }
    }

    /// What the registry wants, against what is known.
    private func desire(
        _ machines: inout [ExactText: DeploymentStateMachine], at now: ContinuousClock.Instant
    ) -> [DeploymentStateMachine.Action] {
        let wanted = Dictionary(
            registry.models.compactMap(\.deployable).map { (ExactText($0.model), $0) }, uniquingKeysWith: { $1 })
        var actions: [DeploymentStateMachine.Action] = []
        for (model, machine) in machines where wanted[model] == nil {
            var machine = machine
            actions += machine.desire(nil, at: now)
            machines[model] = machine.isOver ? nil : machine
        }
        for (model, deployable) in wanted.sorted(by: { $0.key.text < $1.key.text }) {
            let isNew = machines[model] == nil
            var machine = machines[model] ?? DeploymentStateMachine(model: model, target: target.name, at: now)
            actions += machine.desire(deployable, at: now)
            // As long as there is room, a model is in memory before the first request for it.
            if isNew, machines.values.count(where: \.isResident) < limits.maxResident {
                actions += machine.setResident(true, at: now)
            }
            machines[model] = machine
        }
        return actions
    }

    /// Models that somebody asks for come into memory as there is room; those that were asked longest ago make some.
    private func admit(
        _ state: inout State, at now: ContinuousClock.Instant
    ) -> [DeploymentStateMachine.Action] {
        var actions: [DeploymentStateMachine.Action] = []
        state.queue.removeAll { state.machines[$0]?.isResident != false }
        while let model = state.queue.first {
            guard state.machines.values.count(where: \.takesMemory) >= limits.maxResident else {
                state.queue.removeFirst()
                actions += state.machines[model]?.setResident(true, at: now) ?? []
                continue
            }
            let leaving = state.machines.values.count { $0.takesMemory && !$0.isResident }
            // One leaves for each that waits; who has left is told by `drained`.
            let idlest = state.machines.filter { $0.value.isResident }.keys.max { idle($0) < idle($1) }
            guard leaving < state.queue.count, let idlest else { break }
            actions += state.machines[idlest]?.setResident(false, at: now) ?? []
        }
        return actions
    }

    private func letIdleGo(
        _ machines: inout [ExactText: DeploymentStateMachine], at now: ContinuousClock.Instant
    ) -> [DeploymentStateMachine.Action] {
        var actions: [DeploymentStateMachine.Action] = []
        for (model, machine) in machines where machine.isResident {
            guard let limit = machine.idleLimit ?? limits.idle, idle(model) > limit else { continue }
            actions += machines[model]?.setResident(false, at: now) ?? []
        }
        return actions
    }

    private func idle(_ model: ExactText) -> Duration {
        endpoints.endpoint(of: model)?.use.idle ?? .zero
    }

    // MARK: - Doing

    private func point(_ action: DeploymentStateMachine.Action) {
        switch action {
        case .serve(let run, let address):
            endpoints.serve(run, at: address)
            logger.info(
                "Model deployed", metadata: ["model": "\(run.model.text)", "version": "\(run.deployable.version)"])
        case .withdraw(let model): endpoints.withdraw(model)
        case .wait(let run, let delay):
            let failure = state.withLock { $0.machines[run.model]?.deployment?.failure }
            logger.warning(
                "Deployment failed",
                metadata: [
                    "model": "\(run.model.text)", "version": "\(run.deployable.version)",
                    "reason": "\(failure?.reason ?? "")", "attempts": "\(failure?.attempts ?? 0)",
                    "next_try_s": "\(delay / .seconds(1))",
                ])
            // The first try again comes at once, and who waits may wait for it.
            if delay > .zero { endpoints.fail(run.model, failure) }
        case .prepare, .start, .drain: break
        }
    }

    private func perform(_ action: DeploymentStateMachine.Action) async {
        switch action {
        case .prepare(let run):
            do throws(PalantirError) {
                try await target.prepare(run.deployable)
                newsContinuation.yield(.prepared(run))
            } catch {
                newsContinuation.yield(.failed(run, error.cause ?? error.message))
            }
        case .start(let run):
            do throws(PalantirError) {
                let address = try await target.start(run)
                do throws(PalantirError) {
                    try await trial.check(run.deployable, at: address)
                } catch {
                    await target.stop(run)
                    throw error
                }
                newsContinuation.yield(.started(run, address))
            } catch {
                newsContinuation.yield(.failed(run, error.cause ?? error.message))
            }
        case .wait(let run, let delay):
            try? await Task.sleep(for: delay)
            endpoints.fail(run.model, nil)
            newsContinuation.yield(.retry(run))
        case .drain(let run):
            let deadline = Deadline.after(Self.longestDrain)
            while !endpoints.isUnused(run), !deadline.hasPassed, !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(20))
            }
            await target.stop(run)
            endpoints.forget(run)
            newsContinuation.yield(.drained(run))
        case .serve(let run, _): await target.adapt(run)
        case .withdraw: break
        }
    }
}
