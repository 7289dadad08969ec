import Palantir
import Synchronization

/// What the hub did in each of the last ten minutes' seconds. In memory alone, and bounded.
package final class HubHistory: Sendable {
    private let state = Mutex(HistoryPoints())

    package init() {}

    /// - Parameter time: in seconds since 1970.
    func note(_ sample: HubSample, at time: Int) {
        state.withLock { $0.note(sample, at: time) }
    }

    var points: HistoryPoints { state.withLock { $0 } }
}

/// The points of a history: a pure value, samples in, differences out.
struct HistoryPoints: Sendable {
    /// Ten minutes of seconds.
    static let seconds = 600
    /// Of all models together: 33 that are asked in each second have their ten minutes, of more less is known. They take
    /// a few megabytes at most.
    static let mostOfModels = 20_000

    /// The whole hub in a second.
    struct Point: Sendable {
        /// Its end, in seconds since 1970.
        let time: Int
        let latency: HistogramReading?
        /// By code, of those that occurred.
        let errors: [String: Int]
        let entities: Int
        let steps: [String: HistogramReading]
        let batches: [String: HistogramReading]
        let retries: Int
        let states: HubSample.States
    }

    /// A model in a second in which it was asked.
    struct ModelPoint: Sendable {
        let time: Int
        let model: ExactText
        let requests: Int
        /// By code, of those that occurred, without `OK`.
        let errors: [String: Int]
        let latency: HistogramReading?
    }

    private(set) var all: [Point] = []
    private(set) var models: [ModelPoint] = []
    private var last: HubSample?

    /// - Parameter time: in seconds since 1970.
    mutating func note(_ sample: HubSample, at time: Int) {
        defer { last = sample }
        // What was counted before the first look has no second of its own.
        guard let last else { return }
        all.append(
            Point(
                time: time, latency: sample.latency?.since(last.latency),
                errors: sample.errors.since(last.errors), entities: sample.entities - last.entities,
                steps: sample.steps.since(last.steps), batches: sample.batches.since(last.batches),
                retries: max(sample.retries - last.retries, 0), states: sample.states))
        for (name, model) in sample.models {
            let before = last.models[name]
            let codes = model.codes.since(before?.codes ?? [:])
            guard !codes.isEmpty else { continue }
            models.append(
                ModelPoint(
                    time: time, model: name, requests: codes.values.reduce(0, +),
                    errors: codes.filter { $0.key != ModelMetrics.ok },
                    latency: model.latency?.since(before?.latency)))
        }
        forget(before: time - Self.seconds)
    }

    /// In strides, so that not each second moves all that is left.
    private mutating func forget(before time: Int) {
        if let first = all.first, first.time < time - Self.stride { all.removeAll { $0.time <= time } }
        if let first = models.first, first.time < time - Self.stride { models.removeAll { $0.time <= time } }
        if models.count > Self.mostOfModels + Self.mostOfModels / 10 {
            models.removeFirst(models.count - Self.mostOfModels)
        }
    }

    private static let stride = 30
}

extension [String: Int] {
    /// What was counted since, of what has changed.
    fileprivate func since(_ earlier: Self) -> Self {
        reduce(into: [:]) { result, count in
            let more = count.value - earlier[count.key, default: 0]
            if more > 0 { result[count.key] = more }
        }
    }
}

extension [String: HistogramReading] {
    fileprivate func since(_ earlier: Self) -> Self {
        reduce(into: [:]) { result, reading in
            let new = reading.value.since(earlier[reading.key])
            if new.count > 0 { result[reading.key] = new }
        }
    }
}
