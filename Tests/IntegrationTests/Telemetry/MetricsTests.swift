import Foundation
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Metrics of a hub under load", .serialized)
    struct MetricsTests {
        private static let rows = 400

        init() async throws {
            let values = (0..<Self.rows).map { "('e\($0)', \($0))" }.joined(separator: ",")
            try await Servers.mariaDB().execute(
                """
                CREATE TABLE IF NOT EXISTS measured (id VARCHAR(20) PRIMARY KEY, age INT);
                REPLACE INTO measured VALUES \(values);
                """)
        }

        /// What a client of a load asks, and is answered.
        private struct Asked: Sendable {
            let model: String
            let ids: [String]
            let isKnown: Bool

            var body: String {
                let ids = ids.map { "\"\($0)\"" }.joined(separator: ",")
                return "{\"model_name\":\"\(model)\",\"ids\":[\(ids)]}"
            }
        }

        @Test("promtool has no complaint, and the sums are what a load generator counted")
        func sums() async throws {
            let log = try Place.folder()
            defer { Place.remove(log) }
            try await HubFixture.with(["PALANTIR_MODEL_MAX_CONCURRENCY": "2"]) { fixture in
                let (good, failing) = (HubFixture.name(), HubFixture.name())
                try await fixture.register(good, tags: ["feature_store": "measured"])
                try await fixture.register(failing, at: "/failing", tags: ["feature_store": "measured"])
                try await eventually { try await fixture.hub.get("/models/\(failing)").status == 200 }
                let (asked, answers) = try await Self.load(fixture.hub, good, failing)

                let scraped = try await fixture.hub.get("/metrics").body
                try scraped.write(toFile: log + "/metrics", atomically: true, encoding: .utf8)
                let checked = try await CommandLineTool([
                    "/bin/sh", "-c", "promtool check metrics <\(log)/metrics",
                ])
                #expect(checked.exitCode == 0 && checked.output.isEmpty, "\(checked.output)")

                let metrics = MetricsText(scraped)
                for status in Set(answers.map(\.status)) {
                    let counted = metrics.sum(MetricNames.requests, ["route": "/predictions", "status": "\(status)"])
                    #expect(counted == Double(answers.count { $0.status == status }), "\(status)")
                }
                for model in [good, failing] {
                    let own = zip(asked, answers).filter { $0.0.model == model }.map(\.1)
                    for code in Set(own.map { $0.code ?? "OK" }) {
                        let counted = metrics.sum(MetricNames.modelRequests, ["model": model, "code": code])
                        #expect(counted == Double(own.count { ($0.code ?? "OK") == code }), "\(model) \(code)")
                    }
                    let all = Double(own.count)
                    #expect(metrics.sum(MetricNames.modelRequests, ["model": model]) == all)
                    #expect(metrics.sum(MetricNames.modelDuration + "_count", ["model": model]) == all)
                    #expect(metrics.sum(MetricNames.stepDuration + "_count", ["model": model]) == all * 3)
                }
                let looked = asked.filter { $0.model == good || $0.model == failing }
                let ids = Double(looked.reduce(0) { $0 + $1.ids.count })
                // Every id was asked for once, so that none was merged away.
                #expect(metrics.sum(MetricNames.batchEntities + "_sum", ["batch": "look_up"]) == ids)
                #expect(metrics.sum(MetricNames.batchWait + "_count", ["batch": "look_up"]) == Double(looked.count))
                #expect(metrics.sum(MetricNames.entities) == ids)
                let called = asked.filter { $0.model == good && $0.isKnown }
                let sent = metrics.sum(MetricNames.batchEntities + "_sum", ["batch": "invocation"])
                // What failed is sent again in parts.
                #expect(sent >= Double(called.reduce(0) { $0 + $1.ids.count }))
                #expect(metrics.sum(MetricNames.batchWaiting) == 0)
                #expect(metrics.sum(MetricNames.inFlight) == 0)
                #expect(metrics.sum(MetricNames.breakerOpen, ["model": good]) == 0)
                #expect(!scraped.contains("no-such-model"))
            }
        }

        /// Some hundred requests, sixteen at once.
        private static func load(
            _ hub: HubProcess, _ good: String, _ failing: String
        ) async throws -> ([Asked], [TestHTTP.Answer]) {
            var next = 0
            func fresh(_ count: Int) -> [String] {
                defer { next += count }
                return (next..<next + count).map { "e\($0)" }
            }
            var asked: [Asked] = []
            for number in 0..<120 {
                switch number % 6 {
                case 0, 1, 2: asked.append(Asked(model: good, ids: fresh(1), isKnown: true))
                case 3: asked.append(Asked(model: good, ids: fresh(5), isKnown: true))
                case 4: asked.append(Asked(model: good, ids: ["nobody-\(number)"], isKnown: false))
                default: asked.append(Asked(model: failing, ids: fresh(1), isKnown: true))
                }
            }
            for _ in 0..<5 { asked.append(Asked(model: "no-such-model", ids: ["e1"], isKnown: true)) }
            let all = asked
            let answers = try await withThrowingTaskGroup(of: [(Int, TestHTTP.Answer)].self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        var own: [(Int, TestHTTP.Answer)] = []
                        for index in stride(from: worker, to: all.count, by: 16) {
                            own.append((index, try await hub.post("/predictions", all[index].body)))
                        }
                        return own
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            return (asked, answers.sorted { $0.0 < $1.0 }.map(\.1))
        }
    }
}
