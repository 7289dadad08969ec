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
        fileprivate let rest: ArraySlice<Batch<Key, Payload>>

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
    }

    private enum Answer: Sendable {
        case outputs([Result<Output, PalantirError>])
        case refused(PalantirError)
    }

    private struct State {
        var queue: BatchQueue<Key, Payload>
        var waiters: [UInt64: Waiter] = [:]
        /// When the timer fires: at the earliest deadline, or before.
        var due: Deadline?

        /// The latest of those who still wait for a batch; nil if nobody does.
        func deadline(of batch: Batch<Key, Payload>) -> Deadline? {
            batch.entries.compactMap { waiters[$0.id]?.deadline }.max()
        }
    }

    private let state: Mutex<State>
    private let lastID = Atomic<UInt64>(0)
    private let perform: Perform
    private let overloaded: PalantirError
    private let late: PalantirError

    /// - Parameters:
    ///   - late: what a caller gets whose deadline passes first.
    ///   - overloaded: what a caller gets when too many wait.
    package init(
        limits: BatchLimits, late: PalantirError, overloaded: PalantirError, perform: @escaping Perform
    ) {
        state = Mutex(State(queue: BatchQueue(limits: limits)))
        self.perform = perform
        self.late = late
        self.overloaded = overloaded
    }

    /// The outputs of some items, in their order; at most `maxBatchSize` of them, each key once.
    package func outputs(for items: [Item], by deadline: Deadline) async -> [Result<Output, PalantirError>] {
        guard !deadline.hasPassed else { return items.map { _ in .failure(late) } }
        let entry = BatchEntry(id: lastID.wrappingAdd(1, ordering: .relaxed).newValue, items: items)
        let answer = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                ask(entry, Waiter(continuation: continuation, deadline: deadline))
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
            let admission = state.queue.add(entry)
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
        let waiter = state.withLock { state in
            state.queue.remove(id)
            return state.waiters.removeValue(forKey: id)
        }
        waiter?.continuation.resume(returning: .refused(late))
    }

    /// Lets those go whose deadline has passed. One timer serves all who wait: deadlines are seldom reached, and a
    /// timer for each would cost more than the rest of the wait.
    private func expire() {
        let now = Deadline.now
        let (expired, next) = state.withLock { state in
            // An earlier deadline came after this timer was set, and its own timer has done the work.
            guard let due = state.due, due <= now else { return ([Waiter](), nil as Deadline?) }
            let late = state.waiters.filter { $0.value.deadline <= now }
            for id in late.keys {
                state.waiters[id] = nil
                state.queue.remove(id)
            }
            state.due = state.waiters.values.map(\.deadline).min()
            return (Array(late.values), state.due)
        }
        if let next { wake(at: next) }
        for waiter in expired { waiter.continuation.resume(returning: .refused(late)) }
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
        let (batch, deadline, another) = state.withLock { state in
            let (batch, another) = state.queue.take()
            return (batch, batch.flatMap { state.deadline(of: $0) }, another)
        }
        if another { begin([]) }
        guard let batch else { return nil }
        // Those who wait are removed from the queue when they leave, so someone is there.
        return Work(batcher: self, batch: batch, deadline: deadline ?? .now, rest: [])
    }

    /// The first of the parts that someone still waits for; the parts follow one another in one slot.
    private func take(_ parts: [Batch<Key, Payload>]) -> Work? {
        for (index, batch) in parts.enumerated() {
            guard let deadline = state.withLock({ $0.deadline(of: batch) }) else { continue }
            return Work(batcher: self, batch: batch, deadline: deadline, rest: parts[(index + 1)...])
        }
        freeSlot()
        return nil
    }

    private func finish(_ work: Work, _ outcome: Outcome) {
        var rest = Array(work.rest)
        let entries = work.batch.entries
        switch outcome {
        case .failed(_, mayBeOneItemsFault: true) where entries.count > 1:
            let middle = entries.count / 2
            rest = [Batch(Array(entries[..<middle])), Batch(Array(entries[middle...]))] + rest
        case .failed(let error, _): answer(work.batch) { _ in .refused(error) }
        case .each(let results): distribute(results, of: work.batch)
        }
        if rest.isEmpty { freeSlot() } else { begin(rest) }
    }

    private func freeSlot() {
        if state.withLock({ $0.queue.finish() }) { begin([]) }
    }

    private func distribute(_ results: [Result<Output, PalantirError>], of batch: Batch<Key, Payload>) {
        guard batch.entries.count > 1 else { return answer(batch) { _ in .outputs(results) } }
        let byKey = Dictionary(zip(batch.items.map(\.key), results)) { first, _ in first }
        answer(batch) { items in .outputs(items.map { byKey[$0.key] ?? .failure(late) }) }
    }

    private func answer(_ batch: Batch<Key, Payload>, with answer: ([Item]) -> Answer) {
        let waiters = state.withLock { state in
            batch.entries.map { state.waiters.removeValue(forKey: $0.id) }
        }
        for (entry, waiter) in zip(batch.entries, waiters) {
            waiter?.continuation.resume(returning: answer(entry.items))
        }
    }
}
