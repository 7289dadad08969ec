import Palantir
import Testing

@Suite("Which replica takes a call")
struct ReplicaBalancerTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// Makes calls one after the other.
    ///
    /// - Returns: how often each replica was chosen, and the probes.
    private func calls(
        _ count: Int, _ balancer: inout ReplicaBalancer, from begin: Double, every pause: Double = 0.01,
        _ verdict: (Int) -> ReplicaBalancer.Ending, latency: (Int) -> Double = { _ in 0.005 }
    ) -> (chosen: [Int: Int], probed: [Int]) {
        var chosen: [Int: Int] = [:]
        var probed: [Int] = []
        var random = SystemRandomNumberGenerator()
        for number in 0..<count {
            let now = begin + Double(number) * pause
            guard case .replica(let index, let probe) = balancer.choose(at: at(now), random: &random) else { continue }
            chosen[index, default: 0] += 1
            if let probe { probed.append(probe) }
            for called in [probe, index].compactMap(\.self) {
                balancer.finish(called, verdict(called), after: .seconds(latency(called)), at: at(now + 0.001))
            }
        }
        return (chosen, probed)
    }

    @Test("Equal replicas share the calls")
    func even() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        let (chosen, _) = calls(3_000, &balancer, from: 0) { _ in .answered }
        for index in 0..<3 { #expect((500...1_500).contains(chosen[index, default: 0]), "\(chosen)") }
    }

    @Test("A slow replica gets few")
    func slow() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        let (chosen, _) = calls(3_000, &balancer, from: 0, { _ in .answered }, latency: { $0 == 1 ? 0.5 : 0.005 })
        #expect(chosen[1, default: 0] <= 30, "\(chosen)")
    }

    @Test("One that hangs is left out after one call, and comes back by a probe that no caller waits for")
    func hangs() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        var random = SystemRandomNumberGenerator()
        // Calls are begun until the one that hangs has one.
        var hung: Int?
        while hung == nil {
            if case .replica(let index, _) = balancer.choose(at: start, random: &random), index == 0 { hung = index }
        }
        let isEjected = balancer.finish(0, .silent, after: .seconds(5), at: at(5))
        #expect(isEjected)
        let (chosen, probed) = calls(400, &balancer, from: 5) { _ in .answered }
        #expect(chosen[0] == nil, "\(chosen)")
        #expect(probed.isEmpty)
        let (later, probes) = calls(1_000, &balancer, from: 10) { $0 == 0 ? .silent : .answered }
        #expect(later[0] == nil, "\(later)")
        #expect(probes == [0], "one in ten seconds")
        let (back, lastProbes) = calls(1_000, &balancer, from: 20.1) { _ in .answered }
        #expect(lastProbes == [0])
        #expect(back[0, default: 0] > 100, "\(back)")
    }

    @Test("At most half of them are left out", arguments: [(2, 1), (3, 1), (4, 2), (5, 2)])
    func half(_ count: Int, _ most: Int) {
        var balancer = ReplicaBalancer(count: count, from: start)
        let (chosen, _) = calls(500, &balancer, from: 0, every: 0.001) { _ in .failed }
        #expect(balancer.ejected(at: at(0.5)) == most)
        #expect(chosen.values.reduce(0, +) == 500, "the others are asked on")
    }

    @Test("One that refuses and may not be left out is not preferred for being quick")
    func refuses() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        _ = calls(100, &balancer, from: 0) { $0 == 2 ? .answered : .failed }
        let (chosen, _) = calls(200, &balancer, from: 1) { $0 == 2 ? .answered : .failed }
        #expect(chosen[2, default: 0] > 190, "\(chosen)")
    }

    @Test("One that fails from the start is avoided after two calls", arguments: 1...20)
    func failsFromTheStart(_ round: Int) {
        var balancer = ReplicaBalancer(count: 3, from: start)
        let (chosen, _) = calls(50, &balancer, from: 0) { $0 == 2 ? .failed : .answered }
        // The budget gives a retry for each of them.
        #expect(chosen[2, default: 0] <= 2, "\(chosen)")
    }

    @Test(
        "One that is distrusted, and so not asked, is probed until it is left out or well again",
        arguments: [true, false])
    func distrusted(_ isBack: Bool) {
        var balancer = ReplicaBalancer(count: 3, from: start)
        _ = calls(50, &balancer, from: 0) { $0 == 2 ? .failed : .answered }
        let (chosen, probed) = calls(500, &balancer, from: 2) { $0 == 2 && !isBack ? .failed : .answered }
        #expect(Set(probed) == [2])
        #expect(isBack ? chosen[2, default: 0] > 50 : chosen[2] == nil, "\(chosen)")
        #expect(balancer.ejected(at: at(6.9)) == (isBack ? 0 : 1))
    }

    @Test("One that was slow once, and so is not asked, is left out by a probe when it hangs by then")
    func slowThenHangs() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        // At one time, so that nothing is forgotten: the slow one is asked once, and then dearer than the others.
        _ = calls(60, &balancer, from: 0, every: 0.001, { _ in .answered }, latency: { $0 == 1 ? 0.1 : 0.002 })
        let (chosen, probed) = calls(
            300, &balancer, from: 1.2, { $0 == 1 ? .silent : .answered }, latency: { $0 == 1 ? 1 : 0.002 })
        #expect(chosen[1] == nil, "\(chosen)")
        #expect(probed == [1], "one is enough")
        #expect(balancer.ejected(at: at(4)) == 1)
    }

    @Test("Equal replicas are not probed, asked often or seldom", arguments: [0.001, 0.1, 5])
    func equal(_ pause: Double) {
        var balancer = ReplicaBalancer(count: 3, from: start)
        let (_, probed) = calls(2_000, &balancer, from: 0, every: pause) { _ in .answered }
        #expect(probed.isEmpty, "\(probed)")
    }

    @Test("One that errs is avoided, if there are others")
    func errs() {
        var balancer = ReplicaBalancer(count: 3, from: start)
        let (chosen, _) = calls(200, &balancer, from: 0) { $0 == 2 ? .erred : .answered }
        #expect(chosen[2, default: 0] <= 5, "\(chosen)")
        var only = ReplicaBalancer(count: 1, from: start)
        _ = calls(50, &only, from: 0) { _ in .erred }
        #expect(only.suspension(at: at(1)) == nil, "its rows may be to blame")
    }

    @Test("A retry goes to another, if there is one")
    func avoids() {
        var random = SystemRandomNumberGenerator()
        var balancer = ReplicaBalancer(count: 2, from: start)
        for _ in 1...50 {
            let choice = balancer.choose(avoiding: 1, at: start, random: &random)
            #expect(choice == .replica(0, probed: nil))
        }
        var only = ReplicaBalancer(count: 1, from: start)
        let choice = only.choose(avoiding: 0, at: start, random: &random)
        #expect(choice == .replica(0, probed: nil))
    }

    @Test("A single replica that fails suspends the model; one call a window tries it")
    func single() {
        var balancer = ReplicaBalancer(count: 1, from: start)
        _ = calls(5, &balancer, from: 0) { _ in .failed }
        let until = balancer.suspension(at: at(1))
        #expect(until.map { (4.9...5.1).contains(start.duration(to: $0) / .seconds(1)) } == true)
        var random = SystemRandomNumberGenerator()
        #expect(balancer.suspension(at: at(5.1)) == nil)
        let probe = balancer.choose(at: at(5.1), random: &random)
        #expect(probe == .replica(0, probed: nil))
        guard case .suspended = balancer.choose(at: at(5.2), random: &random) else {
            Issue.record("a second call while the first tries")
            return
        }
        balancer.finish(0, .answered, after: .milliseconds(5), at: at(5.3))
        #expect(balancer.suspension(at: at(5.3)) == nil)
        let next = balancer.choose(at: at(5.3), random: &random)
        #expect(next == .replica(0, probed: nil))
    }
}
