import Testing

@testable import Palantir

@Suite("Which environments need their fork server")
struct ForkServerUsesTests {
    private let start = ContinuousClock.now
    private let one = PythonEnvironment(id: "1", python: "/1")
    private let two = PythonEnvironment(id: "2", python: "/2")

    /// What expires at each of some seconds, one after the other.
    private func expired(_ uses: inout ForkServerUses, at seconds: Int...) -> [[PythonEnvironment]] {
        seconds.map { uses.expire(.seconds(60), at: start + .seconds($0)) }
    }

    @Test("It is needed until its last replica is gone, and for a while after")
    func lifetime() {
        var uses = ForkServerUses()
        uses.acquire(one)
        uses.acquire(one)
        uses.acquire(two)
        uses.release(one, at: start)
        let used = expired(&uses, at: 600)
        #expect(used == [[]])
        uses.release(one, at: start + .seconds(610))
        let unused = expired(&uses, at: 669, 670, 700)
        #expect(unused == [[], [one], []])
    }

    @Test("A replica that comes meanwhile keeps it, and one release too many does no harm")
    func kept() {
        var uses = ForkServerUses()
        uses.acquire(one)
        uses.release(one, at: start)
        uses.acquire(one)
        let used = expired(&uses, at: 600)
        #expect(used == [[]])
        uses.release(one, at: start + .seconds(600))
        uses.release(one, at: start + .seconds(600))
        uses.release(two, at: start)
        uses.acquire(one)
        let again = expired(&uses, at: 6_000)
        #expect(again == [[]])
    }
}
