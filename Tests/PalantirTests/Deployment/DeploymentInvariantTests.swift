import Palantir
import Testing

/// Every sequence of events up to a length, in any order that a target and a registry could make: what is promised holds
/// after each.
@Suite("Deployment decisions, all sequences")
struct DeploymentInvariantTests {
    typealias Machine = DeploymentStateMachine

    /// What the outside knows: it performs the actions, so it can tell whether they make sense together.
    private struct World {
        var machine = DeploymentStateMachineTests.machine()
        var preparing: [DeploymentRun] = []
        var starting: [DeploymentRun] = []
        var waiting: [DeploymentRun] = []
        var running: [DeploymentRun] = []
        var draining: [DeploymentRun] = []
        /// Where requests go.
        var served: DeploymentRun?

        mutating func perform(_ actions: [Machine.Action]) {
            for action in actions {
                switch action {
                case .prepare(let run): preparing.append(run)
                case .start(let run): starting.append(run)
                case .wait(let run, _): waiting.append(run)
                case .serve(let run, _):
                    #expect(running.contains { $0.number == run.number }, "only what runs is served")
                    served = run
                case .withdraw: served = nil
                case .drain(let run):
                    #expect(served?.number != run.number, "what takes requests is not drained")
                    #expect(!draining.contains { $0.number == run.number }, "drained once")
                    draining.append(run)
                }
            }
        }
    }

    @Test("Whatever happens, requests go to a run that runs, and nothing is left running")
    func exhaustive() throws {
        let versions = try [1, 2].map { try DeploymentStateMachineTests.version($0) }
        let address = try DeploymentStateMachineTests.address(1)
        explore(World(), versions, address, depth: 7)
    }

    private func explore(_ world: World, _ versions: [DeployableVersion], _ address: DeployedAddress, depth: Int) {
        check(world)
        guard depth > 0 else { return }
        func step(_ change: (inout World) -> [Machine.Action]) {
            var next = world
            next.perform(change(&next))
            explore(next, versions, address, depth: depth - 1)
        }
        let now = DeploymentStateMachineTests.start
        for version in versions { step { $0.machine.desire(version, at: now) } }
        step { $0.machine.desire(nil, at: now) }
        step { $0.machine.setResident(!$0.machine.isResident, at: now) }
        if let run = world.preparing.last {
            step {
                $0.preparing.removeLast()
                return $0.machine.prepared(run)
            }
            step {
                $0.preparing.removeLast()
                return $0.machine.failed(run, "no", at: now, jitter: 0)
            }
        }
        if let run = world.starting.last {
            step {
                $0.starting.removeLast()
                $0.running.append(run)
                return $0.machine.started(run, address, at: now)
            }
            step {
                $0.starting.removeLast()
                return $0.machine.failed(run, "no", at: now, jitter: 0)
            }
        }
        if let run = world.running.last {
            step {
                $0.running.removeLast()
                return $0.machine.exited(run, "crashed", at: now, jitter: 0)
            }
        }
        if let run = world.waiting.last {
            step {
                $0.waiting.removeLast()
                return $0.machine.retry(run, at: now)
            }
        }
    }

    private func check(_ world: World) {
        if let served = world.served {
            #expect(world.running.contains { $0.number == served.number }, "requests go to a run that runs")
            #expect(world.machine.deployment?.state == .ready)
        }
        let left = world.running.filter { run in
            run.number != world.served?.number && !world.draining.contains { $0.number == run.number }
        }
        #expect(left.isEmpty, "what runs and takes no requests is drained")
        if world.machine.isOver { #expect(world.served == nil) }
    }
}
