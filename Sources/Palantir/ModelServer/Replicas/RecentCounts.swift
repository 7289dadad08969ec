/// How many events there were in the last ten seconds, and how many of them were of one kind: a bucket for each second.
struct RecentCounts: Sendable {
    private struct Bucket {
        var second: Int64 = .min
        var all = 0
        var marked = 0
    }

    /// What both the retry budget and the success rate look back to.
    static let span = 10

    private let origin: ContinuousClock.Instant
    private var buckets = [Bucket](repeating: Bucket(), count: Self.span)

    init(from origin: ContinuousClock.Instant) {
        self.origin = origin
    }

    mutating func add(all: Int = 0, marked: Int = 0, at now: ContinuousClock.Instant) {
        let second = second(of: now)
        let index = index(of: second)
        if buckets[index].second != second { buckets[index] = Bucket(second: second) }
        buckets[index].all += all
        buckets[index].marked += marked
    }

    func sums(at now: ContinuousClock.Instant) -> (all: Int, marked: Int) {
        let oldest = second(of: now) - Int64(Self.span) + 1
        return buckets.reduce(into: (0, 0)) { sums, bucket in
            guard bucket.second >= oldest else { return }
            sums.0 += bucket.all
            sums.1 += bucket.marked
        }
    }

    /// Those of one kind in the running second.
    func markedThisSecond(at now: ContinuousClock.Instant) -> Int {
        let second = second(of: now)
        let bucket = buckets[index(of: second)]
        return bucket.second == second ? bucket.marked : 0
    }

    private func second(of instant: ContinuousClock.Instant) -> Int64 {
        origin.duration(to: instant).components.seconds
    }

    private func index(of second: Int64) -> Int {
        Int(second.magnitude % UInt64(Self.span))
    }
}
