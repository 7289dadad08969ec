import NIOCore
import NIOPosix
import Synchronization

/// Merges what concurrent callers ask into few calls: ``BatchQueue`` decides, this performs.
///
/// A merged call that fails as a whole is split and sent again, so that only the caller whose item made it fail sees
/// the error. A caller that gives up leaves; no other waits for it or fails with it.
package final class AdaptiveBatcher<
    Key: Hashable & Sendable, Payload: Equatable & Sendable, Output: Sendable
>: Sendable {
    package typealias Item = BatchEntry<Key, Payload>.Item

    /// What became of a batch.
    package enum Outcome: Sendable {
        /// For each item of the batch, in order.
        case each([Result<Output, PalantirError>])
        /// The call failed as a whole. `mayBeOneItemsFault`: asking for fewer items may succeed.
        case failed(PalantirError, mayBeOneItemsFault: Bool)
    }

    /// Does a slot's work, on any thread: takes its batch when the work starts, and finishes it exactly once.
    package typealias Perform = @Sendable (Slot) -> Void

    /// A slot that begins.
    package struct Slot: Sendable {
        fileprivate let batcher: AdaptiveBatcher
        /// What was split and is sent again; empty for a slot that takes what waits.
        fileprivate let parts: [Batch<Key, Payload>]

        /// Called once, when the work starts: what has come by then goes along.
        ///
        /// - Returns: nil if everyone has left, so that nothing is to be done.
        package func take() -> Work? {
            parts.isEmpty ? batcher.takeWaiting() : batcher.take(parts)
        }
    }

    /// A batch that is under way.
    package struct Work: Sendable {
        fileprivate let batcher: AdaptiveBatcher
        package let batch: Batch<Key, Payload>
        /// The latest of its callers'.
        package let deadline: Deadline
        /// Tells when all of its callers have left.
        package let cancellation = Cancellation()
        fileprivate let id: UInt64
        fileprivate let begun: ContinuousClock.Instant
        fileprivate let rest: ArraySlice<Batch<Key, Payload>>

        /// The call's own place in the traces of those it is made for; nil if none is traced.
        func trace(_ name: String) -> CallTrace? {
            CallTrace(name, for: batch.entries.compactMap(\.stage))
        }

        /// Called once.
        package func finish(_ outcome: Outcome) {
            batcher.finish(self, outcome)
        }
    }

    /// A caller that waits. Unsafe continuations cost nothing beside the wait itself; each is resumed once, since who
    /// resumes one has first taken it out of `waiters` under the lock.
    private struct Waiter {
        let continuation: UnsafeContinuation<Answer, Never>
        let deadline: Deadline
        let since: ContinuousClock.Instant
    }

    private enum Answer: Sendable {
        case outputs([Result<Output, PalantirError>])
        case refused(PalantirError)
    }

    private struct State {
        var queue: BatchQueue<Key, Payload>
        var waiters: [UInt64: Waiter] = [:]
        /// What is under way, by the work's number.
        var works: [UInt64: (batch: Batch<Key, Payload>, cancellation: Cancellation)] = [:]
        var nextWork: UInt64 = 0
        /// When the timer fires: at the earliest deadline, or before.
        var due: Deadline?
        /// Of those that wait in the queue, what the metrics know.
        var counted = 0

        /// Tells the metrics how many more wait, or fewer.
        mutating func count(_ metrics: BatchMetrics) {
            metrics.waiting(change: queue.waitingItems - counted)
            counted = queue.waitingItems
        }

        /// The latest of those who still wait for a batch; nil if nobody does.
        func deadline(of batch: Batch<Key, Payload>) -> Deadline? {
            batch.entries.compactMap { waiters[$0.id]?.deadline }.max()
        }

        /// Takes out those whose last caller has left.
        mutating func takeAbandoned() -> [Cancellation] {
            let abandoned = works.filter { work in work.value.batch.entries.allSatisfy { waiters[$0.id] == nil } }
            for id in abandoned.keys { works[id] = nil }
            return abandoned.values.map(\.cancellation)
        }
    }

    private let state: Mutex<State>
    private let lastID = Atomic<UInt64>(0)
    private let metrics: BatchMetrics
    private let perform: Perform
    private let overloaded: PalantirError
    private let late: PalantirError

    /// - Parameters:
    ///   - limits: how much leaves at once, and how much may wait.
    ///   - late: what a caller gets whose deadline passes first.
    ///   - overloaded: what a caller gets when too many wait.
    ///   - metrics: also other batchers'.
    ///   - perform: makes one call for all the entities of a batch.
    package init(
        limits: BatchLimits, late: PalantirError, overloaded: PalantirError, metrics: BatchMetrics = BatchMetrics(),
        perform: @escaping Perform
    ) {
        self.metrics = metrics
        state = Mutex(State(queue: BatchQueue(limits: limits)))
        self.perform = perform
        self.late = late
        self.overloaded = overloaded
    }

    /// The outputs of some items, in their order; at most `maxBatchSize` of them, each key once.
    ///
    /// - Parameters:
    ///   - items: what is asked for.
    ///   - deadline: when the caller stops waiting.
    ///   - stage: what they are asked for.
    package func outputs(
        for items: [Item], by deadline: Deadline, for stage: TraceStage? = nil
    ) async -> [Result<Output, PalantirError>] {
        let now = ContinuousClock.now
        guard now < deadline.instant else { return items.map { _ in .failure(late) } }
        let entry = BatchEntry(id: lastID.wrappingAdd(1, ordering: .relaxed).newValue, items: items, stage: stage)
        let answer = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                ask(entry, Waiter(continuation: continuation, deadline: deadline, since: now))
                // One that came before there was anyone to tell.
                if Task.isCancelled { giveUp(entry.id) }
            }
        } onCancel: {
            giveUp(entry.id)
        }
        switch answer {
        case .outputs(let outputs): return outputs
        case .refused(let error): return items.map { _ in .failure(error) }
        }
    }

    /// How many items wait, and how many batches are under way.
    package var load: (waiting: Int, running: Int) {
        state.withLock { ($0.queue.waitingItems, $0.queue.beginning + $0.queue.running) }
    }

    // MARK: - Coming and leaving

    private func ask(_ entry: BatchEntry<Key, Payload>, _ waiter: Waiter) {
        let (admission, isEarliest) = state.withLock { state in
            let admission = state.queue.add(entry, patience: waiter.since.duration(to: waiter.deadline.instant))
            state.count(metrics)
            if case .refuse = admission { return (admission, false) }
            state.waiters[entry.id] = waiter
            let isEarliest = state.due.map { waiter.deadline < $0 } ?? true
            if isEarliest { state.due = waiter.deadline }
            return (admission, isEarliest)
        }
        if isEarliest { wake(at: waiter.deadline) }
        switch admission {
        case .begin: begin([])
        case .wait: break
        case .refuse: waiter.continuation.resume(returning: .refused(overloaded))
        }
    }

    private func giveUp(_ id: UInt64) {
        let (waiter, abandoned) = state.withLock { state in
            state.queue.remove(id)
            state.count(metrics)
            return (state.waiters.removeValue(forKey: id), state.takeAbandoned())
        }
        waiter?.continuation.resume(returning: .refused(late))
        for cancellation in abandoned { cancellation.cancel() }
    }

    /// Lets those go whose deadline has passed. One timer serves all who wait: deadlines are seldom reached, and a
    /// timer for each would cost more than the rest of the wait.
    private func expire() {
        let now = Deadline.now
        let (expired, next, abandoned) = state.withLock { state in
            // An earlier deadline came after this timer was set, and its own timer has done the work.
            guard let due = state.due, due <= now else { return ([Waiter](), nil as Deadline?, [Cancellation]()) }
            let late = state.waiters.filter { $0.value.deadline <= now }
            for id in late.keys {
                state.waiters[id] = nil
                state.queue.remove(id)
            }
            state.count(metrics)
            state.due = state.waiters.values.map(\.deadline).min()
            return (Array(late.values), state.due, late.isEmpty ? [] : state.takeAbandoned())
        }
        if let next { wake(at: next) }
        for waiter in expired { waiter.continuation.resume(returning: .refused(late)) }
        for cancellation in abandoned { cancellation.cancel() }
    }

    private func wake(at deadline: Deadline) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        loop.scheduleTask(in: deadline.timeAmount) { self.expire() }
    }

    // MARK: - Batches

    private func begin(_ parts: [Batch<Key, Payload>]) {
        perform(Slot(batcher: self, parts: parts))
    }

    private func takeWaiting() -> Work? {
        let (work, another) = state.withLock { state in
            let (batch, another) = state.queue.take()
            state.count(metrics)
            let work = batch.map { begin($0, rest: [], &state) }
            for entry in work?.batch.entries ?? [] {
                if let work, let waiter = state.waiters[entry.id] {
                    metrics.waited(waiter.since.duration(to: work.begun))
                }
            }
            return (work, another)
        }
        if another { begin([]) }
        return work
    }

    /// The first of the parts that someone still waits for; the parts follow one another in one slot.
    private func take(_ parts: [Batch<Key, Payload>]) -> Work? {
        let work = state.withLock { state -> Work? in
            guard let index = parts.firstIndex(where: { state.deadline(of: $0) != nil }) else { return nil }
            return begin(parts[index], rest: parts[(index + 1)...], &state)
        }
        if work == nil { freeSlot(after: nil) }
        return work
    }

    private func begin(
        _ batch: Batch<Key, Payload>, rest: ArraySlice<Batch<Key, Payload>>, _ state: inout State
    ) -> Work {
        // Those who wait are removed from the queue when they leave, so someone is there.
        let work = Work(
            batcher: self, batch: batch, deadline: state.deadline(of: batch) ?? .now, id: state.nextWork, begun: .now,
            rest: rest)
        metrics.left(entities: batch.items.count)
        state.nextWork += 1
        state.works[work.id] = (batch, work.cancellation)
        return work
    }

    private func finish(_ work: Work, _ outcome: Outcome) {
        var rest = Array(work.rest)
        var time: Duration?
        let entries = work.batch.entries
        switch outcome {
        case .failed(_, mayBeOneItemsFault: true) where entries.count > 1:
            let middle = entries.count / 2
            rest = [Batch(Array(entries[..<middle])), Batch(Array(entries[middle...]))] + rest
            state.withLock { $0.works[work.id] = nil }
        case .failed(let error, _): answer(work) { _ in .refused(error) }
        case .each(let results):
            // How long a failure took says nothing of how long those who wait will.
            time = work.begun.duration(to: .now)
            distribute(results, of: work)
        }
        if rest.isEmpty { freeSlot(after: time) } else { begin(rest) }
    }

    private func freeSlot(after time: Duration?) {
        if state.withLock({ $0.queue.finish(after: time) }) { begin([]) }
    }

    private func distribute(_ results: [Result<Output, PalantirError>], of work: Work) {
        let batch = work.batch
        guard batch.entries.count > 1 else { return answer(work) { _ in .outputs(results) } }
        let byKey = Dictionary(zip(batch.items.map(\.key), results)) { first, _ in first }
        answer(work) { items in .outputs(items.map { byKey[$0.key] ?? .failure(late) }) }
    }

    private func answer(_ work: Work, with answer: ([Item]) -> Answer) {
        let waiters = state.withLock { state in
            state.works[work.id] = nil
            return work.batch.entries.map { state.waiters.removeValue(forKey: $0.id) }
        }
        for (entry, waiter) in zip(work.batch.entries, waiters) {
            waiter?.continuation.resume(returning: answer(entry.items))
        }
    }
}
