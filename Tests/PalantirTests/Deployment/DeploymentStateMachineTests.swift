import Palantir
import Testing

@Suite("Deployment decisions")
struct DeploymentStateMachineTests {
    typealias Machine = DeploymentStateMachine

    static let start = ContinuousClock.now

    static func version(_ number: Int, tags: [String: String] = [:]) throws -> DeployableVersion {
        let version = ModelVersion(number: number, tags: tags)
        let model = RegisteredModel(
            name: "churn", tags: ["feature_store": "churn", "autodeploy": "true"], versions: [version])
        let spec = try ServingSpec(model: model, version: version, deployment: DeploymentPolicy(mode: .tagged))
        return DeployableVersion(spec: spec, version: number, source: "mlflow-artifacts:/\(number)")
    }

    static func address(_ port: Int) throws -> DeployedAddress {
        DeployedAddress(
            uri: try #require(ModelURI("http://127.0.0.1:\(port)/predict")), secret: "s", hasAnsweredExample: true)
    }

    static func machine() -> Machine { Machine(model: ExactText("churn"), target: "local", at: start) }

    /// A machine that serves a version, and the run that does.
    static func serving(_ number: Int = 1) throws -> (Machine, DeploymentRun) {
        var machine = machine()
        _ = machine.desire(try version(number), at: start)
        let run = try #require(machine.setResident(true, at: start).run)
        _ = machine.prepared(run)
        _ = machine.started(run, try address(9_000 + number), at: start)
        return (machine, run)
    }

    @Test("Every version that is wanted or has a run is known, until its run is gone")
    func versions() throws {
        var (machine, old) = try Self.serving(1)
        _ = machine.desire(try Self.version(2), at: Self.start)
        #expect(Set(machine.versions.map(\.version)) == [1, 2])
        let next = try #require(machine.restart(at: Self.start).run)
        _ = machine.prepared(next)
        _ = machine.started(next, try Self.address(9_002), at: Self.start)
        #expect(Set(machine.versions.map(\.version)) == [1, 2], "the old one is drained")
        machine.drained(old)
        #expect(Set(machine.versions.map(\.version)) == [2])
        _ = machine.desire(nil, at: Self.start)
        #expect(Set(machine.versions.map(\.version)) == [2], "it is drained")
        machine.drained(next)
        #expect(machine.versions.isEmpty)
    }

    @Test("A wanted model is prepared, started and served, step by step")
    func steps() throws {
        var machine = Self.machine()
        let none = machine.desire(try Self.version(1), at: Self.start)
        #expect(none.isEmpty, "not in memory yet")
        #expect(machine.deployment?.state == .stopped)
        let prepare = machine.setResident(true, at: Self.start)
        let run = try #require(prepare.run)
        #expect(prepare == [.prepare(run)])
        #expect(machine.deployment?.state == .preparing)
        let begin = machine.prepared(run)
        #expect(begin == [.start(run)])
        #expect(machine.deployment?.state == .starting)
        let again = machine.prepared(run)
        #expect(again.isEmpty, "told twice, done once")
        let served = machine.started(run, try Self.address(1), at: Self.start)
        #expect(served == [.serve(run, try Self.address(1))])
        #expect(machine.deployment?.address == (try Self.address(1).uri))
        #expect(machine.deployment?.state == .ready)
    }

    @Test("A new version takes over when it is ready, and the old one is drained after that")
    func takeOver() throws {
        var (machine, old) = try Self.serving(1)
        let prepare = machine.desire(try Self.version(2), at: Self.start)
        let new = try #require(prepare.run)
        #expect(prepare == [.prepare(new)])
        #expect(machine.deployment?.version == 1)
        #expect(machine.deployment?.next == 2)
        #expect(machine.deployment?.state == .ready)
        _ = machine.prepared(new)
        let over = machine.started(new, try Self.address(2), at: Self.start)
        #expect(over == [.serve(new, try Self.address(2)), .drain(old)])
        #expect(machine.deployment?.version == 2)
    }

    @Test("A new version that fails leaves the old one alone, and is tried again later each time")
    func failingVersion() throws {
        var (machine, _) = try Self.serving(1)
        var run = try #require(machine.desire(try Self.version(2), at: Self.start).run)
        for expected: Duration in [.zero, .seconds(1), .seconds(2), .seconds(4)] {
            let actions = machine.failed(run, "no", at: Self.start, jitter: 0)
            guard case .wait(let waiting, let delay) = actions.first else {
                Issue.record("it is not tried again: \(actions)")
                return
            }
            #expect(delay == expected)
            #expect(machine.deployment?.state == .ready)
            #expect(machine.deployment?.version == 1)
            #expect(machine.deployment?.failure?.version == 2)
            run = try #require(machine.retry(waiting, at: Self.start).run)
        }
        #expect(machine.deployment?.failure?.attempts == 4)
        // The alias goes back: nothing is left of the failure.
        let back = machine.desire(try Self.version(1), at: Self.start)
        #expect(back.isEmpty)
        #expect(machine.deployment?.failure == nil)
        #expect(machine.deployment?.next == nil)
    }

    @Test("A process that dies is replaced at once, then later each time, until it has been healthy for long")
    func crashes() throws {
        var (machine, run) = try Self.serving()
        var delays: [Duration] = []
        for _ in 0..<4 {
            let actions = machine.exited(run, "crashed", at: Self.start, jitter: 0)
            #expect(actions.first == .withdraw(ExactText("churn")))
            guard case .wait(let waiting, let delay) = actions.last else {
                Issue.record("\(actions)")
                return
            }
            delays.append(delay)
            #expect(machine.deployment?.state == .failed)
            run = try #require(machine.retry(waiting, at: Self.start).run)
            _ = machine.prepared(run)
            _ = machine.started(run, try Self.address(1), at: Self.start)
        }
        #expect(delays == [.zero, .seconds(1), .seconds(2), .seconds(4)])
        #expect(machine.deployment?.restarts == 4)
        let later = Self.start.advanced(by: Machine.healthy)
        let actions = machine.exited(run, "crashed", at: later, jitter: 0)
        guard case .wait(_, .zero) = actions.last else {
            Issue.record("not forgotten: \(actions)")
            return
        }
    }

    @Test("The delay doubles to five minutes, and jitter adds up to a half", arguments: [0.0, 0.5, 1.0])
    func delays(_ jitter: Double) throws {
        var machine = Self.machine()
        _ = machine.desire(try Self.version(1), at: Self.start)
        var run = try #require(machine.setResident(true, at: Self.start).run)
        var last = Duration.zero
        for _ in 0..<30 {
            guard case .wait(let waiting, let delay) = machine.failed(run, "no", at: Self.start, jitter: jitter).first
            else {
                Issue.record("it is not tried again")
                return
            }
            #expect(delay >= last)
            last = delay
            run = try #require(machine.retry(waiting, at: Self.start).run)
        }
        #expect(last == Machine.longestDelay * (1 + jitter / 2))
    }

    @Test("What is not wanted any more is withdrawn and drained, and nothing is left")
    func leaving() throws {
        var (machine, run) = try Self.serving()
        let actions = machine.desire(nil, at: Self.start)
        #expect(actions == [.withdraw(ExactText("churn")), .drain(run)])
        #expect(machine.deployment?.state == .draining)
        #expect(!machine.isOver)
        machine.drained(run)
        #expect(machine.isOver)
        #expect(machine.deployment == nil)
    }

    @Test("One that leaves memory is started again when somebody asks")
    func residency() throws {
        var (machine, run) = try Self.serving()
        let out = machine.setResident(false, at: Self.start)
        #expect(out == [.withdraw(ExactText("churn")), .drain(run)])
        machine.drained(run)
        #expect(machine.deployment?.state == .stopped)
        let back = machine.setResident(true, at: Self.start)
        #expect(back.run.map { $0.number > run.number } == true)
    }

    @Test("A run that starts when another is wanted by now is drained, not served")
    func tooLate() throws {
        var machine = Self.machine()
        _ = machine.desire(try Self.version(1), at: Self.start)
        let first = try #require(machine.setResident(true, at: Self.start).run)
        _ = machine.prepared(first)
        let second = try #require(machine.desire(try Self.version(2), at: Self.start).run)
        let late = machine.started(first, try Self.address(1), at: Self.start)
        #expect(late == [.drain(first)])
        let stale = machine.failed(first, "no", at: Self.start, jitter: 0)
        #expect(stale.isEmpty)
        let prepared = machine.prepared(second)
        #expect(prepared == [.start(second)])
    }

    @Test("Who asks for a restart gets another run of the same version, which says so to the target")
    func restart() throws {
        var (machine, old) = try Self.serving()
        let new = try #require(machine.restart(at: Self.start).run)
        #expect(!old.isRestart && new.isRestart)
        #expect(new.deployable == old.deployable && new.number > old.number)
        _ = machine.prepared(new)
        // On Ray the old one leaves first.
        let gone = machine.exited(old, "started anew", at: Self.start, jitter: 0)
        #expect(gone == [.withdraw(ExactText("churn"))])
        let served = machine.started(new, try Self.address(2), at: Self.start)
        #expect(served.count == 1, "none is left to drain")
        #expect(machine.deployment?.state == .ready)
    }

    @Test("Tags that change under a version change how it is served, without a new process")
    func retagging() throws {
        var (machine, run) = try Self.serving()
        let actions = machine.desire(try Self.version(1, tags: ["max_batch_size": "7"]), at: Self.start)
        guard case .serve(let same, _) = actions.first, actions.count == 1 else {
            Issue.record("\(actions)")
            return
        }
        #expect(same.number == run.number)
        #expect(same.deployable.spec.maxBatchSize == 7)
    }
}

extension [DeploymentStateMachine.Action] {
    /// The run of the first action that prepares one.
    var run: DeploymentRun? {
        for case .prepare(let run) in self { return run }
        return nil
    }
}
