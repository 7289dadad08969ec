import Palantir
import Testing

@Suite("Batch while busy")
struct BatchQueueTests {
    private typealias Queue = BatchQueue<String, Int>

    private static func entry(_ id: UInt64, _ items: [(String, Int)]) -> BatchEntry<String, Int> {
        BatchEntry(id: id, items: items.map { .init(key: $0.0, payload: $0.1) })
    }

    private static func queue(size: Int = 10, concurrency: Int = 1, waiting: Int = 100) -> Queue {
        Queue(limits: BatchLimits(maxBatchSize: size, maxConcurrency: concurrency, maxWaiting: waiting))
    }

    /// What leaves with a slot that begins, by ids; nil for nothing.
    private static func take(_ queue: inout Queue) -> (ids: [UInt64]?, another: Bool) {
        let (batch, another) = queue.take()
        return (batch?.entries.map(\.id), another)
    }

    private static func add(_ queue: inout Queue, _ id: UInt64, _ items: [(String, Int)]) -> Queue.Admission {
        queue.add(entry(id, items), patience: .seconds(5))
    }

    /// A queue in which a first entry has left and others wait, as `items` by id from 2.
    private static func busy(_ queue: Queue, _ items: [(String, Int)]...) -> Queue {
        var queue = queue
        _ = queue.add(entry(1, [("first", 1)]), patience: .seconds(5))
        _ = queue.take()
        for (index, item) in items.enumerated() { _ = queue.add(entry(UInt64(index + 2), item), patience: .seconds(5)) }
        return queue
    }

    @Test("With a free slot an entry leaves at once and alone")
    func freeSlot() {
        var queue = Self.queue(concurrency: 2)
        for id: UInt64 in [1, 2] {
            let admission = Self.add(&queue, id, [("k\(id)", 1)])
            #expect(admission == .begin)
            let left = Self.take(&queue)
            #expect(left == ([id], false))
        }
        let third = Self.add(&queue, 3, [("c", 1)])
        #expect(third == .wait)
        #expect(queue.running == 2)
    }

    @Test("What comes before a slot's work starts goes along")
    func goesAlong() {
        var queue = Self.queue(concurrency: 2)
        let admissions = (1...3).map { Self.add(&queue, $0, [("k\($0)", 1)]) }
        #expect(admissions == [.begin, .wait, .wait], "no second slot for what the first will take")
        let left = Self.take(&queue)
        #expect(left == ([1, 2, 3], false))
        let next = Self.add(&queue, 4, [("d", 1)])
        #expect(next == .begin)
    }

    @Test("More than a slot can take begins another")
    func another() {
        var queue = Self.queue(size: 2, concurrency: 2)
        let admissions = (1...4).map { Self.add(&queue, $0, [("k\($0)", 1)]) }
        #expect(admissions == [.begin, .wait, .begin, .wait])
        let first = Self.take(&queue)
        let second = Self.take(&queue)
        #expect(first == ([1, 2], false))
        #expect(second == ([3, 4], false))
    }

    @Test("After a large one the small ones have their turn, and then the next large one")
    func fairness() {
        func large(_ name: String) -> [(String, Int)] { (1...10).map { ("\(name)\($0)", 1) } }
        var queue = Self.busy(Self.queue(), large("a"), large("b"), large("c"), [("d", 1)], [("e", 1)])
        var order: [[UInt64]] = []
        while queue.finish() { order.append(Self.take(&queue).ids ?? []) }
        #expect(order == [[2], [5, 6], [3], [4]])
        #expect(queue.waitingItems == 0)
    }

    @Test("Those that wait leave together when a slot frees, oldest first")
    func together() {
        var queue = Self.busy(Self.queue(), [("b", 1)], [("c", 1)], [("d", 1)])
        let again = queue.finish()
        #expect(again)
        let left = Self.take(&queue)
        #expect(left == ([2, 3, 4], false))
        #expect(queue.waitingItems == 0)
        let none = queue.finish()
        #expect(!none)
        #expect(queue.running == 0 && queue.beginning == 0)
    }

    @Test("A batch stays within its size, and who does not fit keeps its place")
    func size() {
        var queue = Self.busy(Self.queue(size: 3), [("b", 1), ("c", 1)], [("d", 1), ("e", 1)], [("f", 1)])
        for expected: [UInt64] in [[2], [3, 4]] {
            let again = queue.finish()
            #expect(again)
            let left = Self.take(&queue)
            #expect(left == (expected, false))
        }
    }

    @Test("Equal rows of one key are one; differing ones never share a batch")
    func conflicts() {
        var queue = Self.busy(Self.queue(), [("x", 1)], [("x", 1)], [("x", 2)], [("y", 1)])
        _ = queue.finish()
        let (batch, another) = queue.take()
        #expect(batch?.entries.map(\.id) == [2, 3, 5])
        #expect(batch?.items.map(\.key) == ["x", "y"])
        #expect(!another, "there is one slot only")
        _ = queue.finish()
        let left = Self.take(&queue)
        #expect(left == ([4], false))
    }

    @Test("What cannot share begins another free slot")
    func conflictsWithFreeSlots() {
        var queue = Self.queue(concurrency: 2)
        let admissions = [Self.add(&queue, 1, [("x", 1)]), Self.add(&queue, 2, [("x", 2)])]
        #expect(admissions == [.begin, .wait])
        let first = Self.take(&queue)
        #expect(first == ([1], true))
        let second = Self.take(&queue)
        #expect(second == ([2], false))
    }

    @Test("Who gave up is not sent, and a slot that nobody waits for is free")
    func gaveUp() {
        var queue = Self.busy(Self.queue(), [("b", 1)], [("c", 1)])
        let removals = [queue.remove(2), queue.remove(2), queue.remove(1)]
        #expect(removals == [true, false, false], "the third is under way")
        _ = queue.finish()
        _ = queue.remove(3)
        let left = Self.take(&queue)
        #expect(left == (nil, false))
        let next = Self.add(&queue, 4, [("d", 1)])
        #expect(next == .begin)
    }

    @Test("The queue is bounded, but for what a free slot takes")
    func bounded() {
        var queue = Self.busy(Self.queue(waiting: 3))
        let admissions = [
            Self.add(&queue, 2, [("b", 1), ("c", 1)]), Self.add(&queue, 3, [("d", 1), ("e", 1)]),
            Self.add(&queue, 4, [("d", 1)]), Self.add(&queue, 5, [("e", 1)]),
        ]
        #expect(admissions == [.wait, .refuse, .wait, .refuse])
        var idle = Self.queue(waiting: 0)
        let first = Self.add(&idle, 1, [("a", 1)])
        #expect(first == .begin)
    }

    @Test("A size of one turns merging off")
    func off() {
        var queue = Self.queue(size: 1, concurrency: 2)
        let admissions = (1...3).map { Self.add(&queue, $0, [("k\($0)", 1)]) }
        #expect(admissions == [.begin, .begin, .wait])
        let left = [Self.take(&queue).ids, Self.take(&queue).ids]
        #expect(left == [[1], [2]])
    }

    /// Every sequence of events up to a length, on a small queue: the invariants hold after each.
    @Test("Whatever happens, slots and order hold", arguments: [1, 2, 3])
    func exhaustive(_ concurrency: Int) {
        func explore(_ queue: Queue, _ next: UInt64, _ sent: [UInt64], _ gone: Set<UInt64>, _ depth: Int) {
            let slots = queue.running + queue.beginning
            #expect(slots <= concurrency)
            #expect(
                slots == concurrency || queue.waitingItems <= queue.beginning * 2,
                "nothing waits beside a free slot but what a slot that begins will take")
            #expect(Set(sent).count == sent.count, "nothing is sent twice")
            #expect(gone.isDisjoint(with: sent), "what gave up is not sent")
            guard depth > 0 else { return }
            for payload in [1, 2] {
                var added = queue
                let admission = added.add(Self.entry(next, [("k", payload)]), patience: .seconds(5))
                #expect((admission == .begin) == (added.beginning > queue.beginning))
                explore(added, next + 1, sent, gone, depth - 1)
            }
            if queue.beginning > 0 {
                var taken = queue
                let (batch, _) = taken.take()
                #expect((batch == nil) == (queue.waitingItems == 0))
                if let batch { #expect(Set(batch.items.map(\.key)).count == batch.items.count) }
                explore(taken, next, sent + (batch?.entries.map(\.id) ?? []), gone, depth - 1)
            }
            if queue.running > 0 {
                var finished = queue
                let again = finished.finish()
                #expect(again == (finished.beginning > queue.beginning))
                explore(finished, next, sent, gone, depth - 1)
            }
            var removed = queue
            if next > 1, removed.remove(next - 1) { explore(removed, next, sent, gone.union([next - 1]), depth - 1) }
        }
        explore(Self.queue(size: 2, concurrency: concurrency, waiting: 3), 1, [], [], 8)
    }

    @Test("One that would wait longer than it can is refused at once")
    func patience() {
        var queue = Self.busy(Self.queue(size: 2), [("b", 1)], [("c", 1)])
        _ = queue.finish(after: .seconds(1))
        _ = queue.take()
        let entries = (10...15).map { Self.entry($0, [("k\($0)", 1)]) }
        let admissions = entries.map { queue.add($0, patience: .seconds(4)) }
        // The first two go with the next batch, the others with the one after it, and so on; a second each, and a
        // quarter of caution.
        #expect(admissions == [.wait, .wait, .wait, .wait, .refuse, .refuse])
        let patient = queue.add(Self.entry(20, [("z", 1)]), patience: .seconds(5))
        #expect(patient == .wait)
        let hasty = queue.add(Self.entry(21, [("y", 1)]), patience: .milliseconds(1))
        #expect(hasty == .refuse)
    }

    @Test("One that goes with the next batch is never refused for its haste")
    func haste() {
        var queue = Self.busy(Self.queue(size: 10), [("b", 1)])
        _ = queue.finish(after: .seconds(10))
        _ = queue.take()
        let admission = queue.add(Self.entry(9, [("c", 1)]), patience: .milliseconds(1))
        #expect(admission == .wait)
    }
}
