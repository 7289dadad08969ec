import Logging
import Synchronization

/// The fork servers of this machine, one for each Python environment that replicas need.
final class ForkServers: Sendable {
    /// One that runs until its end is told.
    private struct Member {
        let server: ForkServer
        let end: AsyncStream<Void>
        let endContinuation: AsyncStream<Void>.Continuation

        init(_ server: ForkServer) {
            self.server = server
            (end, endContinuation) = AsyncStream.makeStream()
        }
    }

    private struct State {
        var uses = ForkServerUses()
        var members: [PythonEnvironment: Member] = [:]
    }

    private let state = Mutex(State())
    private let make: @Sendable (PythonEnvironment) throws(PalantirError) -> ForkServer
    private let begun: AsyncStream<Member>
    private let begunContinuation: AsyncStream<Member>.Continuation
    /// Replicas that ended without having been told to.
    let exits: AsyncStream<(deployment: String, reason: String)>
    private let exitsContinuation: AsyncStream<(deployment: String, reason: String)>.Continuation

    /// A fork server takes about 150 MB and the better part of a core for some seconds to begin.
    private static let idle = Duration.seconds(60)
    private static let idleCheck = Duration.seconds(5)

    /// - Parameter make: a fork server that does not run yet.
    init(_ make: @escaping @Sendable (PythonEnvironment) throws(PalantirError) -> ForkServer) {
        self.make = make
        (begun, begunContinuation) = AsyncStream.makeStream()
        (exits, exitsContinuation) = AsyncStream.makeStream()
    }

    /// The fork server of an environment, which is begun unless it runs; it goes on until it is released as often.
    func acquire(_ environment: PythonEnvironment) throws(PalantirError) -> ForkServer {
        let (result, isNew) = state.withLock { state -> (Result<Member, PalantirError>, Bool) in
            if let member = state.members[environment] {
                state.uses.acquire(environment)
                return (.success(member), false)
            }
            do throws(PalantirError) {
                let member = Member(try make(environment))
                state.uses.acquire(environment)
                state.members[environment] = member
                return (.success(member), true)
            } catch {
                return (.failure(error), false)
            }
        }
        let member = try result.get()
        if isNew { begunContinuation.yield(member) }
        return member.server
    }

    func release(_ environment: PythonEnvironment) {
        state.withLock { $0.uses.release(environment, at: .now) }
    }

    /// Returns when its task is cancelled, with every fork server and its replicas ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.idleCheck)
                    self.endIdle()
                }
            }
            for await member in begun { group.addTask { await self.run(member) } }
        }
    }

    private func run(_ member: Member) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await exit in member.server.exits { self.exitsContinuation.yield(exit) }
            }
            group.addTask { await member.server.run() }
            for await _ in member.end {}
            group.cancelAll()
        }
    }

    private func endIdle() {
        let ended = state.withLock { state in
            state.uses.expire(Self.idle, at: .now).compactMap { state.members.removeValue(forKey: $0) }
        }
        for member in ended { member.endContinuation.finish() }
    }
}
