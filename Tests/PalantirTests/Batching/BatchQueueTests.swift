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

    private static func ids(_ batches: [Batch<String, Int>]) -> [[UInt64]] {
        batches.map { $0.entries.map(\.id) }
    }

    private static func kind(_ admission: Queue.Admission) -> String {
        switch admission {
        case .send(let batch): "send \(batch.entries.map(\.id))"
        case .wait: "wait"
        case .refuse: "refuse"
        }
    }

    @Test("With a free slot an entry leaves at once and alone")
    func freeSlot() {
        var queue = Self.queue(concurrency: 2)
        do {
            let admission = queue.add(Self.entry(1, [("a", 1)]))
            #expect(Self.kind(admission) == "send [1]")
        }
        do {
            let admission = queue.add(Self.entry(2, [("b", 1)]))
            #expect(Self.kind(admission) == "send [2]")
        }
        do {
            let admission = queue.add(Self.entry(3, [("c", 1)]))
            #expect(Self.kind(admission) == "wait")
        }
        #expect(queue.running == 2)
    }

    @Test("Those that wait leave together when a slot frees, oldest first")
    func together() {
        var queue = Self.queue()
        _ = queue.add(Self.entry(1, [("a", 1)]))
        for id in 2...5 { _ = queue.add(Self.entry(UInt64(id), [("k\(id)", 1)])) }
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[2, 3, 4, 5]])
        }
        #expect(queue.waitingItems == 0)
        let none = queue.finish()
        #expect(none.isEmpty)
        #expect(queue.running == 0)
    }

    @Test("A batch stays within its size, and who does not fit keeps its place")
    func size() {
        var queue = Self.queue(size: 3)
        _ = queue.add(Self.entry(1, [("a", 1)]))
        _ = queue.add(Self.entry(2, [("b", 1), ("c", 1)]))
        _ = queue.add(Self.entry(3, [("d", 1), ("e", 1)]))
        _ = queue.add(Self.entry(4, [("f", 1)]))
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[2]])
        }
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[3, 4]])
        }
    }

    @Test("Equal rows of one key are one; differing ones never share a batch")
    func conflicts() {
        var queue = Self.queue(concurrency: 2)
        _ = queue.add(Self.entry(1, [("a", 1)]))
        _ = queue.add(Self.entry(2, [("b", 1)]))
        _ = queue.add(Self.entry(3, [("x", 1)]))
        _ = queue.add(Self.entry(4, [("x", 1)]))
        _ = queue.add(Self.entry(5, [("x", 2)]))
        _ = queue.add(Self.entry(6, [("y", 1)]))
        let first = queue.finish()
        #expect(Self.ids(first) == [[3, 4, 6]])
        #expect(first.first?.items.map(\.key) == ["x", "y"])
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[5]])
        }
    }

    @Test("What cannot share leaves by another free slot at once")
    func conflictsWithFreeSlots() {
        var queue = Self.queue(concurrency: 2)
        _ = queue.add(Self.entry(1, [("a", 1)]))
        _ = queue.add(Self.entry(2, [("b", 1)]))
        _ = queue.add(Self.entry(3, [("x", 1)]))
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[3]])
        }
        _ = queue.add(Self.entry(4, [("x", 1)]))
        _ = queue.add(Self.entry(5, [("x", 2)]))
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[4]])
        }
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[5]])
        }
        let none = queue.finish()
        #expect(none.isEmpty)
    }

    @Test("Who gave up is not sent")
    func gaveUp() {
        var queue = Self.queue()
        _ = queue.add(Self.entry(1, [("a", 1)]))
        _ = queue.add(Self.entry(2, [("b", 1)]))
        _ = queue.add(Self.entry(3, [("c", 1)]))
        let removals = [queue.remove(2), queue.remove(2), queue.remove(1)]
        #expect(removals == [true, false, false], "the third is under way")
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[3]])
        }
    }

    @Test("The queue is bounded")
    func bounded() {
        var queue = Self.queue(waiting: 3)
        _ = queue.add(Self.entry(1, [("a", 1)]))
        do {
            let admission = queue.add(Self.entry(2, [("b", 1), ("c", 1)]))
            #expect(Self.kind(admission) == "wait")
        }
        do {
            let admission = queue.add(Self.entry(3, [("d", 1), ("e", 1)]))
            #expect(Self.kind(admission) == "refuse")
        }
        do {
            let admission = queue.add(Self.entry(4, [("d", 1)]))
            #expect(Self.kind(admission) == "wait")
        }
        do {
            let admission = queue.add(Self.entry(5, [("e", 1)]))
            #expect(Self.kind(admission) == "refuse")
        }
    }

    @Test("A size of one turns merging off")
    func off() {
        var queue = Self.queue(size: 1)
        for id in 1...3 { _ = queue.add(Self.entry(UInt64(id), [("k\(id)", 1)])) }
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[2]])
        }
        do {
            let left = queue.finish()
            #expect(Self.ids(left) == [[3]])
        }
    }

    /// Every sequence of events up to a length, on a small queue: the invariants hold after each.
    @Test("Whatever happens, slots and order hold", arguments: [1, 2, 3])
    func exhaustive(_ concurrency: Int) {
        func explore(_ queue: Queue, _ next: UInt64, _ sent: [UInt64], _ gone: Set<UInt64>, _ depth: Int) {
            #expect(queue.running <= concurrency)
            #expect(queue.waitingItems == 0 || queue.running == concurrency, "nothing waits beside a free slot")
            #expect(Set(sent).count == sent.count, "nothing is sent twice")
            #expect(gone.isDisjoint(with: sent), "what gave up is not sent")
            guard depth > 0 else { return }
            for payload in [1, 2] {
                var added = queue
                if case .send(let batch) = added.add(Self.entry(next, [("k", payload)])) {
                    explore(added, next + 1, sent + batch.entries.map(\.id), gone, depth - 1)
                } else {
                    explore(added, next + 1, sent, gone, depth - 1)
                }
            }
            if queue.running > 0 {
                var finished = queue
                let batches = finished.finish()
                for batch in batches { #expect(Set(batch.items.map(\.key)).count == batch.items.count) }
                explore(finished, next, sent + batches.flatMap { $0.entries.map(\.id) }, gone, depth - 1)
            }
            var removed = queue
            if next > 1, removed.remove(next - 1) { explore(removed, next, sent, gone.union([next - 1]), depth - 1) }
        }
        explore(Self.queue(size: 2, concurrency: concurrency, waiting: 3), 1, [], [], 7)
    }
}
