import Palantir
import Testing

@testable import Palantir

@Suite("How a replica stands")
struct ReplicaStatusTests {
    @Test("It is healthy until it failed so often that it is not asked, and then says for how long")
    func states() throws {
        let uri = try ModelURI(parsing: "http://127.0.0.1:1/predict")
        let now = ContinuousClock.now
        var breaker = CircuitBreaker(from: now)
        #expect(ReplicaStatus(uri, breaker: breaker, callsUnderWay: 2, at: now).state == .healthy)
        breaker.note(.failed(2), at: now)
        let failing = ReplicaStatus(uri, breaker: breaker, callsUnderWay: 0, at: now)
        #expect(failing.state == .healthy)
        #expect(failing.failuresInARow == 2)
        breaker.note(.failed(3), at: now)
        let suspended = ReplicaStatus(uri, breaker: breaker, callsUnderWay: 0, at: now)
        #expect(suspended.state == .suspended)
        #expect(suspended.pause == .seconds(5))
        let due = ReplicaStatus(uri, breaker: breaker, callsUnderWay: 0, at: now.advanced(by: .seconds(6)))
        #expect(due.state == .suspended)
        #expect(due.pause == nil)
        #expect(ReplicaStatus(untried: uri).state == .untried)
    }
}
