/// What a metric holds at one moment.
package enum MetricReading: Hashable, Sendable {
    case value(Double)
    case histogram(HistogramReading)
}

/// One label set of a metric, with what it holds.
package struct MetricSeries: Sendable {
    package let name: String
    package let labels: [String: String]
    package let reading: MetricReading
}

/// What a histogram has counted since its start, or between two moments.
package struct HistogramReading: Hashable, Sendable {
    /// The buckets' upper ends; beyond the last there is one more bucket.
    package let bounds: [Double]
    package private(set) var counts: [Int]
    package private(set) var sum: Double

    package init(bounds: [Double], counts: [Int], sum: Double) {
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    package var count: Int { counts.reduce(0, +) }

    /// The values' mean; nil if there are none.
    package var mean: Double? {
        let count = count
        return count > 0 ? sum / Double(count) : nil
    }

    /// Takes in what another has counted, which has the same buckets.
    package mutating func add(_ other: HistogramReading) {
        guard other.bounds == bounds else { return }
        for index in counts.indices { counts[index] += other.counts[index] }
        sum += other.sum
    }

    /// What was counted since an earlier reading of the same.
    package func since(_ earlier: HistogramReading?) -> HistogramReading {
        guard let earlier, earlier.bounds == bounds else { return self }
        return HistogramReading(
            bounds: bounds, counts: zip(counts, earlier.counts).map { max($0 - $1, 0) }, sum: max(sum - earlier.sum, 0))
    }

    /// The value that a part of all is at most, as near as the buckets tell: within one, values count as spread evenly.
    ///
    /// - Returns: nil if there are none; the last bound for what lies beyond it.
    package func quantile(_ part: Double) -> Double? {
        let total = count
        guard total > 0, let last = bounds.last else { return nil }
        let rank = part * Double(total)
        var below = 0
        for (index, count) in counts.enumerated() where count > 0 {
            guard Double(below + count) < rank else {
                guard index < bounds.count else { return last }
                let lower = index > 0 ? bounds[index - 1] : 0
                return lower + (bounds[index] - lower) * max(rank - Double(below), 0) / Double(count)
            }
            below += count
        }
        return last
    }
}
