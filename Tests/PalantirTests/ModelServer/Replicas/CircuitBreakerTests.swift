import Palantir
import Testing

@Suite("A replica's breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    private func opened(at seconds: Double = 0) -> CircuitBreaker {
        var breaker = CircuitBreaker(from: start)
        for _ in 1...5 { breaker.note(.failed(1), at: at(seconds)) }
        return breaker
    }

    @Test("It opens at the fifth failure in a row, for five seconds")
    func fiveInARow() {
        var breaker = CircuitBreaker(from: start)
        for _ in 1...4 { breaker.note(.failed(1), at: start) }
        breaker.note(.well, at: start)
        for _ in 1...4 { breaker.note(.failed(1), at: start) }
        #expect(breaker.state(at: start) == .closed)
        breaker.note(.failed(1), at: start)
        #expect(breaker.state(at: start) == .open(until: at(5)))
        #expect(breaker.state(at: at(4.9)) == .open(until: at(5)))
        #expect(breaker.state(at: at(5)) == .due)
    }

    @Test("It opens below 80 % of at least twenty calls in ten seconds")
    func rate() {
        var breaker = CircuitBreaker(from: start)
        func call(_ number: Int, _ seconds: Double) {
            breaker.note(number.isMultiple(of: 4) ? .failed(1) : .well, at: at(seconds))
        }
        for number in 1...19 { call(number, 1) }
        #expect(breaker.state(at: at(1)) == .closed, "too few to judge")
        call(20, 2)
        #expect(breaker.state(at: at(2)) == .open(until: at(7)), "15 of 20")

        breaker = CircuitBreaker(from: start)
        for number in 1...19 { call(number, 1) }
        call(20, 15)
        #expect(breaker.state(at: at(15)) == .closed, "the others are too long ago")
    }

    @Test("One probe; it closes or opens twice as long, up to five minutes")
    func probes() {
        var breaker = opened()
        var now = 5.0
        for pause in [10.0, 20, 40, 80, 160, 300, 300] {
            #expect(breaker.state(at: at(now)) == .due)
            breaker.beginProbe()
            #expect(breaker.state(at: at(now)) == .probing)
            breaker.note(.failed(1), at: at(now))
            #expect(breaker.state(at: at(now)) == .open(until: at(now + pause)))
            now += pause
        }
        breaker.beginProbe()
        breaker.note(.well, at: at(now))
        #expect(breaker.state(at: at(now)) == .closed)
        for _ in 1...5 { breaker.note(.failed(1), at: at(now + 1)) }
        #expect(breaker.state(at: at(now + 1)) == .open(until: at(now + 301)), "well for a second only")
        breaker.beginProbe()
        breaker.note(.well, at: at(now + 301))
        for _ in 1...5 { breaker.note(.failed(1), at: at(now + 700)) }
        #expect(breaker.state(at: at(now + 700)) == .open(until: at(now + 705)), "well for longer than it was out")
    }

    @Test("A probe that says nothing is followed by another; what was asked before changes nothing")
    func silence() {
        var breaker = opened()
        breaker.note(.well, at: at(1))
        #expect(breaker.state(at: at(1)) == .open(until: at(5)))
        breaker.beginProbe()
        breaker.note(.nothing, at: at(6))
        #expect(breaker.state(at: at(6)) == .due)
    }

    @Test("It stays closed while it may not open, and opens when it may")
    func mayNot() {
        var breaker = CircuitBreaker(from: start)
        for _ in 1...9 { breaker.note(.failed(1), mayOpen: false, at: start) }
        #expect(breaker.state(at: start) == .closed)
        breaker.note(.failed(1), jitter: 1.2, at: start)
        #expect(breaker.state(at: start) == .open(until: at(6)))
    }
}
