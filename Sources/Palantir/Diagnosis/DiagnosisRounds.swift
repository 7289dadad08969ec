import ServiceLifecycle
import Synchronization

/// What a running hub's doctor found last of each component and model. It looks when somebody asks, beside the requests'
/// way and a few subjects at a time; what it found holds for some seconds, and all who ask meanwhile share one look. What
/// is a little older is told while it is looked at anew, so that nobody waits for a model that hangs.
package final class DiagnosisRounds: Service {
    /// What can be looked at by itself.
    package enum Subject: Hashable, Sendable {
        case registry
        case featureStore
        case model(ExactText, ModelReference.Choice)
    }

    package typealias Look = @Sendable (Subject) async -> [Finding]

    private struct Entry {
        var found: (findings: [Finding], at: ContinuousClock.Instant)?
        /// Those who wait for a look that is wanted or under way.
        var waiting: [Pending<Void>] = []
        var isWanted = false
    }

    private let look: Look
    private let lifetime: Duration
    private let patience: Duration
    private let entries = Mutex<[Subject: Entry]>([:])
    private let wanted: AsyncStream<Subject>
    private let wantedContinuation: AsyncStream<Subject>.Continuation

    /// A pool of four connections keeps two for requests.
    private static let width = 2
    /// Models that are gone, and versions that somebody asked for once, are forgotten when there are more.
    private static let maximumEntries = 20_000

    /// - Parameters:
    ///   - lifetime: for how long findings hold: a console asks every few seconds.
    ///   - patience: for how long they are told while they are looked at anew.
    ///   - look: finds out about a subject.
    package init(
        lifetime: Duration = .seconds(10), patience: Duration = .seconds(60), _ look: @escaping Look
    ) {
        self.look = look
        self.patience = patience
        self.lifetime = lifetime
        (wanted, wantedContinuation) = AsyncStream.makeStream()
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                var running = 0
                for await subject in self.wanted {
                    if running >= Self.width {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { self.finish(subject, with: await self.look(subject)) }
                }
            }
        }
    }

    /// What is known of some subjects, looked at anew where that is too long ago.
    ///
    /// - Returns: what was found until the deadline; a finding of its own tells of what was not.
    package func diagnosis(of subjects: [Subject], by deadline: Deadline) async -> Diagnosis {
        for pending in subjects.compactMap({ want($0) }) {
            await pending.value(by: deadline, late: (), cancelled: ())
        }
        let now = ContinuousClock.now
        let known = entries.withLock { entries in subjects.map { entries[$0]?.found } }
        var findings = known.flatMap { $0?.findings ?? [] }.folded()
        let missing = known.count { $0 == nil }
        if missing > 0 {
            findings.append(
                .warning(
                    .diagnosis, of: Finding.Component.hub,
                    "\(missing) of \(subjects.count) components and models were not looked at in time.",
                    remedy: "Ask again: what was found meanwhile is remembered."))
        }
        let oldest = known.compactMap { $0?.at.duration(to: now) }.max()
        return Diagnosis(findings: findings, age: oldest ?? .zero)
    }

    /// - Returns: what to wait for; nil if what is known holds.
    private func want(_ subject: Subject) -> Pending<Void>? {
        let now = ContinuousClock.now
        let (pending, isNew) = entries.withLock { entries -> (Pending<Void>?, Bool) in
            var entry = entries[subject] ?? Entry()
            let age = entry.found?.at.duration(to: now)
            if let age, age < lifetime { return (nil, false) }
            let pending = age.map { $0 < patience } ?? false ? nil : Pending<Void>()
            if let pending { entry.waiting.append(pending) }
            let isNew = !entry.isWanted
            entry.isWanted = true
            if entries.count >= Self.maximumEntries { entries = entries.filter(\.value.isWanted) }
            entries[subject] = entry
            return (pending, isNew)
        }
        if isNew { wantedContinuation.yield(subject) }
        return pending
    }

    private func finish(_ subject: Subject, with findings: [Finding]) {
        let waiting = entries.withLock { entries in
            defer { entries[subject] = Entry(found: (findings, .now)) }
            return entries[subject]?.waiting ?? []
        }
        for pending in waiting { pending.settle(()) }
    }
}
