import Palantir
import Testing

@testable import PalantirServer

@Suite("The hub's last ten minutes")
struct HistoryPointsTests {
    private static func reading(_ counts: [Int], sum: Double = 0) -> HistogramReading {
        HistogramReading(bounds: [0.01, 0.1], counts: counts, sum: sum)
    }

    private static func sample(_ requests: [Int], errors: [String: Int] = [:], models: [String: [Int]] = [:])
        -> HubSample
    {
        var sample = HubSample()
        sample.latency = reading(requests)
        sample.errors = errors
        for (name, counts) in models {
            sample.models[ExactText(name)] = HubSample.Model(
                latency: reading(counts), codes: ["OK": counts.reduce(0, +)])
        }
        return sample
    }

    @Test("A point is what was counted since the look before; the first look has none")
    func differences() {
        var points = HistoryPoints()
        points.note(Self.sample([5, 0, 0], errors: ["X": 7]), at: 100)
        #expect(points.all.isEmpty)
        points.note(Self.sample([7, 1, 0], errors: ["X": 7, "Y": 2]), at: 101)
        points.note(Self.sample([7, 1, 0], errors: ["X": 7, "Y": 2]), at: 102)
        #expect(points.all.map(\.time) == [101, 102])
        #expect(points.all.map { $0.latency?.counts } == [[2, 1, 0], [0, 0, 0]])
        #expect(points.all.map(\.errors) == [["Y": 2], [:]])
    }

    @Test("A model has a point for each second in which it was asked, also the first")
    func models() {
        var points = HistoryPoints()
        points.note(Self.sample([]), at: 1)
        points.note(Self.sample([], models: ["a": [1, 0, 0]]), at: 2)
        points.note(Self.sample([], models: ["a": [1, 0, 0], "b": [0, 2, 0]]), at: 3)
        points.note(Self.sample([], models: ["a": [2, 0, 0], "b": [0, 2, 0]]), at: 4)
        #expect(points.models.map(\.time) == [2, 3, 4])
        #expect(points.models.map(\.model.text) == ["a", "b", "a"])
        #expect(points.models.map(\.requests) == [1, 2, 1])
    }

    @Test("No more is kept than ten minutes, and no more than so many points of models")
    func bounds() {
        var points = HistoryPoints()
        let names = (0..<100).map { "model-\($0)" }
        for second in 1...1_500 {
            points.note(
                Self.sample([second, 0, 0], models: .init(uniqueKeysWithValues: names.map { ($0, [second, 0, 0]) })),
                at: second)
        }
        #expect((HistoryPoints.seconds...HistoryPoints.seconds + 31).contains(points.all.count))
        #expect(points.all.last?.time == 1_500)
        #expect((HistoryPoints.mostOfModels...HistoryPoints.mostOfModels * 11 / 10).contains(points.models.count))
        #expect(points.models.last?.time == 1_500)
    }

    @Test(
        "A quantile is as near as its bucket",
        arguments: [
            ([0, 0, 0], 0.5, nil), ([10, 0, 0], 0.5, 0.005), ([10, 0, 0], 1, 0.01), ([0, 10, 0], 0.5, 0.055),
            ([5, 5, 0], 0.5, 0.01), ([0, 0, 3], 0.99, 0.1), ([99, 1, 0], 0.99, 0.01),
        ] as [([Int], Double, Double?)])
    func quantiles(counts: [Int], part: Double, expected: Double?) throws {
        let value = Self.reading(counts).quantile(part)
        guard let expected else { return #expect(value == nil) }
        #expect(abs(try #require(value) - expected) < 1e-9)
    }
}
