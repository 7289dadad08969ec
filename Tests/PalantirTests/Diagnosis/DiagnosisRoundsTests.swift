import Foundation
import PalantirTesting
import ServiceLifecycle
import Synchronization
import Testing

@testable import Palantir

@Suite("What a running hub's doctor remembers")
struct DiagnosisRoundsTests {
    private static func with(
        lifetime: Duration = .seconds(3_600), patience: Duration = .seconds(3_600),
        _ look: @escaping DiagnosisRounds.Look, _ body: @Sendable @escaping (DiagnosisRounds) async throws -> Void
    ) async throws {
        let rounds = DiagnosisRounds(lifetime: lifetime, patience: patience, look)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await rounds.run() }
            try await body(rounds)
            group.cancelAll()
        }
    }

    private static let well = Finding.ok(.registry, of: "mlflow", "well")

    @Test("All who ask at once share one look, and those who ask soon after have what it found")
    func shared() async throws {
        let looks = Mutex(0)
        let counted: DiagnosisRounds.Look = { _ in
            looks.withLock { $0 += 1 }
            for _ in 0..<100 { await Task.yield() }
            return [Self.well]
        }
        try await Self.with(counted) { rounds in
            let answers = await Array(0..<20).concurrentMap(width: 20) { _ in
                await rounds.diagnosis(of: [.registry], by: .after(.seconds(20)))
            }
            #expect(answers.allSatisfy { $0.findings == [Self.well] })
            #expect(await rounds.diagnosis(of: [.registry], by: .now).findings == [Self.well])
        }
        #expect(looks.withLock { $0 } == 1)
    }

    @Test("What is not found in time is told, and is there for the next who asks")
    func late() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let look: DiagnosisRounds.Look = { subject in
            if subject == .featureStore { for await _ in gate.stream { break } }
            return [Self.well]
        }
        try await Self.with(look) { rounds in
            // Found before, so that a busy machine is not late with this one too.
            #expect(await rounds.diagnosis(of: [.registry], by: .after(.seconds(20))).findings == [Self.well])
            let first = await rounds.diagnosis(of: [.registry, .featureStore], by: .after(.milliseconds(300)))
            #expect(first.findings.troubled == [.diagnosis])
            #expect(first.findings.last?.message.hasPrefix("1 of 2 ") == true)
            gate.continuation.yield()
            try await eventually { await rounds.diagnosis(of: [.featureStore], by: .now).findings == [Self.well] }
        }
    }

    @Test("What is older is looked at anew: while it is told, or before it is, if it is too old")
    func renewed() async throws {
        let looks = Mutex(0)
        let counted: DiagnosisRounds.Look = { _ in
            [.ok(.registry, of: "mlflow", "\(looks.withLock { $0 += 1; return $0 })")]
        }
        try await Self.with(lifetime: .zero, counted) { rounds in
            @Sendable func message() async -> String? {
                await rounds.diagnosis(of: [.registry], by: .after(.seconds(20))).findings.first?.message
            }
            #expect(await message() == "1")
            try await eventually { await message() != "1" }
        }
        looks.withLock { $0 = 0 }
        try await Self.with(lifetime: .zero, patience: .zero, counted) { rounds in
            for expected in ["1", "2", "3"] {
                let found = await rounds.diagnosis(of: [.registry], by: .after(.seconds(20)))
                #expect(found.findings.first?.message == expected)
            }
        }
    }

    @Test("One finding tells of all models whose tables cannot be looked at while the feature store is down")
    func folded() async throws {
        let down = Finding.error(.featureStore, of: "feature_store", "down", remedy: "start it")
        let look: DiagnosisRounds.Look = { subject in
            guard case .model(let name, _) = subject else { return subject == .featureStore ? [down] : [Self.well] }
            return [
                .ok(.tags, of: name.text, "well"),
                .error(.featureTable, of: name.text, "down", remedy: "start it", cause: "feature_store"),
            ]
        }
        let models = ["a", "b", "c", "d", "e"].map { DiagnosisRounds.Subject.model(ExactText($0), .served) }
        try await Self.with(look) { rounds in
            let some = await rounds.diagnosis(of: [.registry, .featureStore] + models, by: .after(.seconds(20)))
            #expect(some.findings.troubled == [.featureStore, .featureTable])
            #expect(some.findings.troubles.last?.subject == "feature_store")
            #expect(
                some.findings[.featureTable]?.message
                    == "The feature tables of 5 models cannot be looked at: a, b, c and 2 more.")
            #expect(some.findings.count == 8)
            // Of one model, and of models without what they follow from, each is told.
            let one = await rounds.diagnosis(of: [.featureStore, models[0]], by: .after(.seconds(20)))
            #expect(one.findings.troubles.map(\.subject) == ["feature_store", "a"])
            let alone = await rounds.diagnosis(of: models, by: .after(.seconds(20)))
            #expect(alone.findings.troubles.count == 5)
        }
    }

    @Test("The docs list each check")
    func documented() throws {
        let text = try String(contentsOf: Place.package.appendingPathComponent("docs/doctor.md"), encoding: .utf8)
        for check in Check.allCases { #expect(text.contains("| `\(check.rawValue)` |"), "\(check.rawValue)") }
    }
}
