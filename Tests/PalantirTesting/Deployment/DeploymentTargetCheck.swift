import Palantir
import Testing

/// What every deployment target must do: the conformance suite, a case a promise. A new target's test is
/// `@Test(arguments: DeploymentTargetCheck.allCases)` on a fixture of its own.
package enum DeploymentTargetCheck: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case preparesAgainWhatIsThere
    case startsWhatAnswers
    case runsTwoVersionsBesideEachOther
    case stopsAndStopsAgain
    case tellsWhyItDoesNotStart
    case tellsOfAnEnd

    package var testDescription: String { rawValue }

    package func run(on fixture: some DeploymentTargetFixture) async throws {
        let target = fixture.target
        switch self {
        case .preparesAgainWhatIsThere:
            for _ in 0..<2 { try await target.prepare(try await fixture.deployable(1)) }
        case .startsWhatAnswers:
            let run = DeploymentRun(number: 1, deployable: try await fixture.deployable(1))
            try await target.prepare(run.deployable)
            let address = try await target.start(run)
            #expect(address.hasAnsweredExample)
            #expect(try await fixture.isAnswering(address))
            await target.stop(run)
        case .runsTwoVersionsBesideEachOther:
            let runs = [
                DeploymentRun(number: 2, deployable: try await fixture.deployable(1)),
                DeploymentRun(number: 3, deployable: try await fixture.deployable(2)),
            ]
            let first = try await target.start(runs[0])
            let second = try await target.start(runs[1])
            #expect(try await fixture.isAnswering(second))
            await target.stop(runs[0])
            #expect(try await fixture.isAnswering(second), "the end of one version is not the other's")
            #expect(first.uri != second.uri || target.name == "ray", "one address is enough for a rolling update")
            await target.stop(runs[1])
        case .stopsAndStopsAgain:
            let run = DeploymentRun(number: 4, deployable: try await fixture.deployable(1))
            await target.stop(run)
            let address = try await target.start(run)
            for _ in 0..<2 { await target.stop(run) }
            try await eventually(within: .seconds(60)) { try await fixture.isAnswering(address) == false }
        case .tellsWhyItDoesNotStart:
            let run = DeploymentRun(number: 5, deployable: try await fixture.broken())
            try await target.prepare(run.deployable)
            do throws(PalantirError) {
                _ = try await target.start(run)
                Issue.record("it started")
            } catch {
                #expect(error.code == .modelNotReady)
                #expect(error.cause?.contains("cannot be loaded") == true, "\(error)")
            }
        case .tellsOfAnEnd:
            let run = DeploymentRun(number: 6, deployable: try await fixture.deployable(1))
            _ = try await target.start(run)
            try await fixture.end(run)
            for await exit in target.exits {
                #expect(exit.run == run)
                #expect(!exit.reason.isEmpty)
                break
            }
        }
    }
}

/// What the suite needs of a target's test.
package protocol DeploymentTargetFixture: Sendable {
    /// It runs while the suite does.
    var target: any DeploymentTarget { get }
    /// A version of a model that answers its example.
    func deployable(_ version: Int) async throws -> DeployableVersion
    /// A version that fails to load with "cannot be loaded".
    func broken() async throws -> DeployableVersion
    /// Whether a model answers there, by its contract.
    func isAnswering(_ address: DeployedAddress) async throws -> Bool
    /// Ends a run behind the target's back.
    func end(_ run: DeploymentRun) async throws
}
