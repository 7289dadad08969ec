import Palantir
import Testing

@Suite("The retry budget")
struct RetryBudgetTests {
    private let start = ContinuousClock.now

    @Test("A fifth of many calls may be repeated")
    func ratio() {
        var budget = RetryBudget(from: start)
        var retries = 0
        for number in 0..<10_000 {
            let now = start.advanced(by: .milliseconds(number * 2))
            budget.noteCall(at: now)
            if budget.takeRetry(at: now) { retries += 1 }
        }
        #expect((1_900...2_000).contains(retries), "\(retries) of 10,000")
    }

    @Test("Three a second may be, however few calls there are")
    func minimum() {
        var budget = RetryBudget(from: start)
        for second in 0..<5 {
            let now = start.advanced(by: .seconds(second))
            budget.noteCall(at: now)
            let retries = (1...10).count { _ in budget.takeRetry(at: now) }
            #expect(retries == 3)
        }
    }

    @Test("Calls of long ago count no more")
    func forgets() {
        var budget = RetryBudget(from: start)
        for _ in 1...1_000 { budget.noteCall(at: start) }
        let soon = start.advanced(by: .seconds(9))
        let late = start.advanced(by: .seconds(11))
        let early = (1...100).count { _ in budget.takeRetry(at: soon) }
        let afterwards = (1...100).count { _ in budget.takeRetry(at: late) }
        #expect(early == 100)
        #expect(afterwards == 3)
    }
}
