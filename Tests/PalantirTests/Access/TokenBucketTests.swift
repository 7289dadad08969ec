import Palantir
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test("A second's worth at once, then the rate")
    func rate() {
        var bucket = TokenBucket(rate: 10, at: start)
        for _ in 1...10 { #expect(bucket.take(1, at: start) == nil) }
        let wait = bucket.take(1, at: start)
        #expect(wait.map { (0.099...0.101).contains($0 / .seconds(1)) } == true)
        #expect(bucket.take(1, at: at(0.1)) == nil)
        #expect(bucket.take(1, at: at(0.15)) != nil)
        // It holds no more after an hour than after a second.
        #expect((1...20).filter { _ in bucket.take(1, at: at(3_600)) == nil }.count == 10)
    }

    @Test("What costs more than it holds passes when it is full, and is paid off")
    func debt() {
        var bucket = TokenBucket(rate: 1_000, at: start)
        #expect(bucket.take(1, at: start) == nil)
        #expect(bucket.take(10_000, at: start) != nil, "it is not full")
        #expect(bucket.take(10_000, at: at(0.001)) == nil)
        #expect(bucket.state(at: at(0.001)).remaining == 0)
        #expect(bucket.take(1, at: at(8.9)) != nil)
        #expect(bucket.take(1, at: at(9.1)) == nil)
        #expect(bucket.take(10_000, at: at(9.2)) != nil)
    }

    @Test("Over a long time no more passes than the rate, whatever comes", arguments: [1.0, 7, 1_000])
    func longRun(_ rate: Double) {
        var bucket = TokenBucket(rate: rate, at: start)
        var random = SystemRandomNumberGenerator()
        var now = 0.0
        var taken = 0.0
        while now < 200 {
            now += Double.random(in: 0...0.01, using: &random)
            let cost = Double(Int.random(in: 1...Int(rate * 3), using: &random))
            if bucket.take(cost, at: at(now)) == nil { taken += cost }
        }
        #expect(taken <= rate * (now + 1) + rate * 3)
        #expect(taken >= rate * now * 0.5)
    }

    @Test("A clock that stands still or comes back gives nothing")
    func clock() {
        var bucket = TokenBucket(rate: 1, at: start)
        #expect(bucket.take(1, at: at(5)) == nil)
        #expect(bucket.take(1, at: at(4)) != nil)
        #expect(bucket.take(1, at: at(6)) == nil)
    }

    @Test("Who has no entity left is refused before anybody reads for how many it asks")
    func owing() throws {
        let quota = try #require(CallerQuota(CallerRate(requests: nil, entities: 10)))
        try quota.requireEntity()
        // That it looked took nothing.
        try quota.take(entities: 100)
        let error = #expect(throws: PalantirError.self) { try quota.requireEntity() }
        #expect(error?.code == .rateLimited)
        #expect(error?.retryAfter.map { (9...10).contains($0) } == true)
    }
}
