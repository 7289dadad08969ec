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

    @Test("The docs list each check")
    func documented() throws {
        let text = try String(contentsOf: Place.package.appendingPathComponent("docs/doctor.md"), encoding: .utf8)
        for check in Check.allCases { #expect(text.contains("| `\(check.rawValue)` |"), "\(check.rawValue)") }
    }
}
