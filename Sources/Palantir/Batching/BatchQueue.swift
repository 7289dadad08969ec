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
    /// What it is asked for; nil if that is not traced.
    package let stage: TraceStage?

    package init(id: UInt64, items: [Item], stage: TraceStage? = nil) {
        self.id = id
        self.items = items
        self.stage = stage
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

/// *Batch while busy*, as a pure value: events in, decisions out. With a free slot an entry leaves at once; while every
/// slot is taken entries wait, and leave together, oldest first, as soon as one frees. There is no timer, so nothing
/// waits when nobody else is there.
///
/// A slot that begins takes what waits when its work really starts: a thread has to wake up, or an event loop has
/// other events at hand, and what comes meanwhile goes along.
package struct BatchQueue<Key: Hashable & Sendable, Payload: Equatable & Sendable>: Sendable {
    package typealias Entry = BatchEntry<Key, Payload>

    package enum Admission: Hashable, Sendable {
        /// A slot begins for it.
        case begin
        /// It goes with a slot that is about to begin, or with the next that frees.
        case wait
        case refuse
    }

    private let limits: BatchLimits
    private var waiting: [Entry] = []
    package private(set) var waitingItems = 0
    /// Slots that were told to begin and have not taken their batch.
    package private(set) var beginning = 0
    package private(set) var running = 0
    /// The batch before held one large entry, which fills a batch: a part of a request for thousands.
    private var wasLarge = false
    /// How long a batch takes of late; nil before the first.
    private var batchTime: Duration?

    /// The weight of one batch's time in what is expected of the next.
    private static var batchTimeWeight: Double { 0.2 }
    /// Batches do not all take the same time, and one that comes too late was made for nothing.
    private static var caution: Double { 1.25 }

    package init(limits: BatchLimits) {
        self.limits = limits
    }

    /// Someone asks. An entry has at most `maxBatchSize` items.
    ///
    /// One that would not be answered in time is refused at once: it would only keep others waiting, until none of them
    /// is answered in time.
    ///
    /// - Parameters:
    ///   - entry: what waits.
    ///   - patience: how long it can wait.
    package mutating func add(_ entry: Entry, patience: Duration) -> Admission {
        let isSlotFree = beginning + running < limits.maxConcurrency
        guard
            isSlotFree
                || waitingItems + entry.items.count <= limits.maxWaiting && expectedWait(of: entry) <= patience
        else { return .refuse }
        waiting.append(entry)
        waitingItems += entry.items.count
        return beginsAnother() ? .begin : .wait
    }

    /// A slot's work starts.
    ///
    /// - Returns: what leaves with it, nil if everyone has left meanwhile, and with it the slot is free; and whether
    ///   another slot begins, for those that could not go along.
    package mutating func take() -> (batch: Batch<Key, Payload>?, another: Bool) {
        beginning -= 1
        guard !waiting.isEmpty else { return (nil, false) }
        running += 1
        let batch = nextBatch()
        return (batch, beginsAnother())
    }

    /// A batch is done, and with it its slot is free.
    ///
    /// - Parameter time: how long it took; nil if that says nothing.
    /// - Returns: whether it begins again.
    package mutating func finish(after time: Duration? = nil) -> Bool {
        running -= 1
        if let time {
            batchTime = batchTime.map { $0 * (1 - Self.batchTimeWeight) + time * Self.batchTimeWeight } ?? time
        }
        return beginsAnother()
    }

    /// Until an entry that comes now has its answer. One that goes along with the next batch is not doubted, since how
    /// long that takes may change.
    private func expectedWait(of entry: Entry) -> Duration {
        guard let batchTime else { return .zero }
        let batches = (waitingItems + entry.items.count + limits.maxBatchSize - 1) / limits.maxBatchSize
        let rounds = (batches + limits.maxConcurrency - 1) / limits.maxConcurrency
        return rounds > 1 ? batchTime * (rounds + 1) * Self.caution : .zero
    }

    /// Begins a free slot if some wait that those which begin already will not take.
    private mutating func beginsAnother() -> Bool {
        guard beginning + running < limits.maxConcurrency, waitingItems > beginning * limits.maxBatchSize else {
            return false
        }
        beginning += 1
        return true
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

    /// The oldest entries that fit together. After a large one the small ones have their turn, if there are any: who asks
    /// for one entity is not to wait until somebody's ten thousand are done.
    private mutating func nextBatch() -> Batch<Key, Payload> {
        let size = limits.maxBatchSize
        var chosen = wasLarge ? takeOldest(where: { !Self.isLarge($0, of: size) }) : []
        if chosen.isEmpty { chosen = takeOldest { _ in true } }
        wasLarge = chosen.contains { Self.isLarge($0, of: size) }
        return chosen.count == 1 ? Batch(chosen[0]) : Batch(chosen)
    }

    private static func isLarge(_ entry: Entry, of size: Int) -> Bool {
        size > 1 && entry.items.count >= size
    }

    /// Takes out what fits together: within the size, and with no key in two versions, since answers are told apart by
    /// key. Those that do not fit keep their places.
    private mutating func takeOldest(where isMeant: (Entry) -> Bool) -> [Entry] {
        var chosen: [Entry] = []
        var passedOver: [Entry] = []
        var payloads: [Key: Payload] = [:]
        var index = 0
        scan: while index < waiting.count {
            let entry = waiting[index]
            index += 1
            guard isMeant(entry) else {
                passedOver.append(entry)
                continue
            }
            switch Self.fit(entry, payloads, chosen.isEmpty ? .max : limits.maxBatchSize) {
            case .fits:
                for item in entry.items { payloads[item.key] = item.payload }
                chosen.append(entry)
                waitingItems -= entry.items.count
            case .conflicts: passedOver.append(entry)
            case .isTooMuch:
                index -= 1
                break scan
            }
        }
        waiting.replaceSubrange(..<index, with: passedOver)
        return chosen
    }

    private enum Fit {
        case fits
        /// It has another payload for a key that is there already.
        case conflicts
        case isTooMuch
    }

    private static func fit(_ entry: Entry, _ payloads: [Key: Payload], _ maximum: Int) -> Fit {
        var new = 0
        var conflicts = false
        for item in entry.items {
            guard let known = payloads[item.key] else {
                new += 1
                continue
            }
            if known != item.payload { conflicts = true }
        }
        if payloads.count + new > maximum { return .isTooMuch }
        return conflicts ? .conflicts : .fits
    }
}
