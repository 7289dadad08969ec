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

    /// Does one batch by a deadline, the latest of its callers', and calls back exactly once, on any thread.
    package typealias Perform =
        @Sendable (
            Batch<Key, Payload>, Deadline, @escaping @Sendable (Outcome) -> Void
        ) -> Void

    private struct Waiter {
        let pending: Pending<Answer>
        let deadline: Deadline
    }

    private enum Answer: Sendable {
        case outputs([Result<Output, PalantirError>])
        case gaveUp
    }

    private struct State {
        var queue: BatchQueue<Key, Payload>
        var waiters: [UInt64: Waiter] = [:]
        var lastID: UInt64 = 0
    }

    private let state: Mutex<State>
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
        let pending = Pending<Answer>()
        let (id, admission) = state.withLock { state in
            state.lastID += 1
            let entry = BatchEntry(id: state.lastID, items: items)
            state.waiters[entry.id] = Waiter(pending: pending, deadline: deadline)
            return (entry.id, state.queue.add(entry))
        }
        switch admission {
        case .send(let batch): send([batch])
        case .wait: break
        case .refuse:
            state.withLock { $0.waiters[id] = nil }
            return items.map { _ in .failure(overloaded) }
        }
        switch await pending.value(by: deadline, late: .gaveUp, cancelled: .gaveUp) {
        case .outputs(let outputs): return outputs
        case .gaveUp:
            state.withLock { state in
                state.waiters[id] = nil
                state.queue.remove(id)
            }
            return items.map { _ in .failure(late) }
        }
    }

    /// How many items wait, and how many batches are under way.
    package var load: (waiting: Int, running: Int) {
        state.withLock { ($0.queue.waitingItems, $0.queue.running) }
    }

    // MARK: -

    /// Performs the parts one after the other in one slot, then frees it.
    private func send(_ parts: [Batch<Key, Payload>]) {
        guard let batch = parts.first else { return freeSlot() }
        let deadline = state.withLock { state in
            batch.entries.compactMap { state.waiters[$0.id]?.deadline }.max()
        }
        // Everyone has left meanwhile.
        guard let deadline else { return send(Array(parts.dropFirst())) }
        perform(batch, deadline) { outcome in
            var rest = Array(parts.dropFirst())
            switch outcome {
            case .failed(_, mayBeOneItemsFault: true) where batch.entries.count > 1:
                let middle = batch.entries.count / 2
                rest.insert(
                    contentsOf: [Batch(Array(batch.entries[..<middle])), Batch(Array(batch.entries[middle...]))], at: 0)
            case .failed(let error, _): self.answer(batch) { $0.map { _ in .failure(error) } }
            case .each(let results): self.distribute(results, of: batch)
            }
            self.send(rest)
        }
    }

    private func freeSlot() {
        let batches = state.withLock { $0.queue.finish() }
        for batch in batches { send([batch]) }
    }

    private func distribute(_ results: [Result<Output, PalantirError>], of batch: Batch<Key, Payload>) {
        guard batch.entries.count > 1 else { return answer(batch) { _ in results } }
        let byKey = Dictionary(zip(batch.items.map(\.key), results)) { first, _ in first }
        answer(batch) { items in items.map { byKey[$0.key] ?? .failure(late) } }
    }

    private func answer(
        _ batch: Batch<Key, Payload>, with outputs: ([Item]) -> [Result<Output, PalantirError>]
    ) {
        let waiters = state.withLock { state in
            batch.entries.map { state.waiters.removeValue(forKey: $0.id) }
        }
        for (entry, waiter) in zip(batch.entries, waiters) {
            waiter?.pending.settle(.outputs(outputs(entry.items)))
        }
    }
}
