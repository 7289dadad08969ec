/// What callers ask of something that does many for little more than one: some keys, each with a payload.
package struct BatchEntry<Key: Hashable & Sendable, Payload: Equatable & Sendable>: Sendable {
    package struct Item: Sendable {
        package let key: Key
        package let payload: Payload

        package init(key: Key, payload: Payload) {
            self.key = key
            self.payload = payload
        }
    }

    package let id: UInt64
    /// Keys are unique within an entry.
    package let items: [Item]

    package init(id: UInt64, items: [Item]) {
        self.id = id
        self.items = items
    }
}

/// Some callers' entries, done in one go.
package struct Batch<Key: Hashable & Sendable, Payload: Equatable & Sendable>: Sendable {
    package let entries: [BatchEntry<Key, Payload>]
    /// The entries' items, equal ones once.
    package let items: [BatchEntry<Key, Payload>.Item]

    package init(_ entry: BatchEntry<Key, Payload>) {
        entries = [entry]
        items = entry.items
    }

    /// - Parameter entries: such that no key has two payloads.
    package init(_ entries: [BatchEntry<Key, Payload>]) {
        self.entries = entries
        var seen: Set<Key> = []
        items = entries.flatMap { $0.items.filter { seen.insert($0.key).inserted } }
    }
}

package struct BatchLimits: Hashable, Sendable {
    /// Items in one batch; 1 turns merging off.
    package let maxBatchSize: Int
    /// Batches under way at once.
    package let maxConcurrency: Int
    /// Items that wait; beyond it new entries are refused.
    package let maxWaiting: Int

    package init(maxBatchSize: Int, maxConcurrency: Int, maxWaiting: Int) {
        self.maxBatchSize = maxBatchSize
        self.maxConcurrency = maxConcurrency
        self.maxWaiting = maxWaiting
    }
}

/// *Batch while busy*, as a pure value: events in, decisions out. With a free slot an entry leaves at once and alone;
/// while every slot is taken entries wait, and leave together, oldest first, as soon as one frees. There is no timer,
/// so nothing waits when nobody else is there.
package struct BatchQueue<Key: Hashable & Sendable, Payload: Equatable & Sendable>: Sendable {
    package typealias Entry = BatchEntry<Key, Payload>

    package enum Admission: Sendable {
        case send(Batch<Key, Payload>)
        case wait
        case refuse
    }

    private let limits: BatchLimits
    private var waiting: [Entry] = []
    package private(set) var waitingItems = 0
    package private(set) var running = 0

    package init(limits: BatchLimits) {
        self.limits = limits
    }

    /// Someone asks. An entry has at most `maxBatchSize` items.
    package mutating func add(_ entry: Entry) -> Admission {
        // Who waits, waits because every slot is taken: with a free one nobody is overtaken.
        if running < limits.maxConcurrency {
            running += 1
            return .send(Batch(entry))
        }
        guard waitingItems + entry.items.count <= limits.maxWaiting else { return .refuse }
        waiting.append(entry)
        waitingItems += entry.items.count
        return .wait
    }

    /// A batch is done, and with it its slot is free.
    ///
    /// - Returns: what leaves now: one batch for each free slot, as long as entries wait.
    package mutating func finish() -> [Batch<Key, Payload>] {
        running -= 1
        var batches: [Batch<Key, Payload>] = []
        while running < limits.maxConcurrency, !waiting.isEmpty {
            running += 1
            batches.append(nextBatch())
        }
        return batches
    }

    /// Someone gave up.
    ///
    /// - Returns: whether the entry still waited; then it will not be sent.
    @discardableResult
    package mutating func remove(_ id: UInt64) -> Bool {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
        waitingItems -= waiting[index].items.count
        waiting.remove(at: index)
        return true
    }

    /// The oldest entries that fit together: within the size, and with no key in two versions, since answers are told
    /// apart by key. Those that do not fit keep their places.
    private mutating func nextBatch() -> Batch<Key, Payload> {
        var chosen: [Entry] = []
        var left: [Entry] = []
        var payloads: [Key: Payload] = [:]
        for (index, entry) in waiting.enumerated() {
            let new = entry.items.filter { payloads[$0.key] == nil }
            guard chosen.isEmpty || payloads.count + new.count <= limits.maxBatchSize else {
                left += waiting[index...]
                break
            }
            guard
                new.count == entry.items.count
                    || entry.items.allSatisfy({ (payloads[$0.key] ?? $0.payload) == $0.payload })
            else {
                left.append(entry)
                continue
            }
            for item in new { payloads[item.key] = item.payload }
            chosen.append(entry)
            waitingItems -= entry.items.count
        }
        waiting = left
        return chosen.count == 1 ? Batch(chosen[0]) : Batch(chosen)
    }
}
