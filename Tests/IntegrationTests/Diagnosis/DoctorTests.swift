import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("palantir doctor", .serialized)
    struct DoctorTests {
        @Test("A system that is well: no warning, and every check that there is to make", arguments: [false, true])
        func sound(_ isFile: Bool) async throws {
            try await DoctorFixture.with(sqlite: isFile) { fixture in
                try await fixture.setTag("feature_timestamp", "seen")
                let report = try await fixture.doctor(["--call"])
                #expect(report.exitCode == 0, "\(report.output)")
                #expect(report.troubles().isEmpty, "\(report.output)")
                let made = Set(report.findings.compactMap { $0["check"] })
                let ofServers: Set = ["feature_store_tls", "feature_store_rights"]
                let expected: Set = [
                    "settings", "registry", "clock", "feature_store", "feature_store_version", "tags", "uri",
                    "endpoint",
                    "call", "feature_table", "entity_key", "feature_timestamp", "key_index", "key_unique", "newest_row",
                    "columns", "column_types", "column_nulls", "extra_columns",
                ]
                #expect(made == (isFile ? expected : expected.union(ofServers)))
            }
        }

        @Test(
            "A planted fault is found, alone, with the fix that mends it",
            arguments: PlantedFault.ofTables + PlantedFault.ofModels)
        func planted(_ fault: PlantedFault) async throws {
            try await DoctorFixture.with { fixture in
                try await fault.plant(&fixture)
                let broken = try await fixture.doctor(fault.arguments)
                let troubles = broken.troubles(of: fault.check)
                #expect(troubles.count == 1, "\(broken.output)")
                #expect(broken.troubles().count == 1, "\(broken.output)")
                #expect(troubles.first?["severity"] == fault.severity, "\(broken.output)")
                #expect(broken.exitCode == (fault.severity == "error" ? 2 : 1))
                let remedy = try #require(broken.remedy(of: fault.check))
                try await fixture.apply(remedy, try fault.values(fixture))
                let mended = try await fixture.doctor(fault.arguments)
                #expect(mended.troubles(of: fault.check).isEmpty, "\(remedy)\n\(mended.output)")
            }
        }

        @Test("The index that it tells of ends the full scan")
        func fullScan() async throws {
            try await DoctorFixture.with { fixture in
                try await fixture.execute("ALTER TABLE users DROP PRIMARY KEY, MODIFY id TEXT")
                try await fixture.execute("INSERT INTO users (id) SELECT CONCAT('x', seq) FROM seq_1_to_5000")
                func plan() async throws -> String {
                    try await Servers.mariaDB().execute(
                        "ANALYZE TABLE users; EXPLAIN SELECT age FROM users WHERE id IN ('x7')",
                        database: fixture.database)
                }
                #expect(try await plan().contains("\tALL\t"))
                let remedy = try #require(try await fixture.doctor().remedy(of: "key_index"))
                #expect(remedy == "ALTER TABLE `\(fixture.database)`.`users` ADD UNIQUE INDEX `users_id` (`id`(191));")
                try await fixture.apply(remedy)
                #expect(try await !plan().contains("\tALL\t"))
            }
        }

        @Test("The same on SQLite, in its own SQL")
        func sqlite() async throws {
            try await DoctorFixture.with(sqlite: true) { fixture in
                try await fixture.execute(
                    """
                    DROP TABLE users;
                    CREATE TABLE users (id TEXT, age TEXT, spend REAL);
                    INSERT INTO users VALUES ('1', '31', 2.5), ('2', '42', NULL);
                    """)
                let broken = try await fixture.doctor()
                let checks = broken.troubles().compactMap { $0["check"] }
                #expect(checks == ["key_index", "columns", "column_types", "column_nulls"], "\(broken.output)")
                for trouble in broken.troubles() {
                    try await fixture.apply(try #require(trouble["remedy"]), ["value": "0"])
                }
                try await fixture.execute("UPDATE users SET plan = 'gold'")
                let mended = try await fixture.doctor(["--call"])
                #expect(mended.troubles().isEmpty, "\(mended.output)")
            }
        }

        @Test("For people it is a line a check, with the fix below, and what it comes to")
        func text() async throws {
            try await DoctorFixture.with { fixture in
                try await fixture.setTag("timeout_ms", "soon")
                let tool = try await CommandLineTool(
                    [Place.palantir, "doctor", fixture.model], environment: fixture.environment)
                #expect(tool.exitCode == 2)
                let lines = tool.output.split(separator: "\n").map(String.init)
                #expect(lines.first == "settings")
                #expect(lines.contains("  ok       feature_store: MySQL answers.") == false)
                #expect(lines.contains("  ok       feature_store: MariaDB answers."))
                let fault = try #require(lines.firstIndex { $0.hasPrefix("  error    tags: ") })
                #expect(lines[fault + 1].hasPrefix("           fix: MlflowClient().set_registered_model_tag("))
                #expect(lines.last == "1 error.")
                // No colour and no progress where nobody looks.
                #expect(!tool.output.contains("\u{1B}"))
            }
        }

        @Test("On a terminal it shows what it looks at, in colours unless NO_COLOR is set")
        func terminal() async throws {
            try await DoctorFixture.with { fixture in
                func run(_ more: [String: String]) async throws -> String {
                    try await CommandLineTool(
                        ["/usr/bin/script", "-qec", "\(Place.palantir) doctor \(fixture.model)", "/dev/null"],
                        environment: fixture.environment.merging(more) { $1 }
                    ).output
                }
                let coloured = try await run(["TERM": "xterm"])
                #expect(coloured.contains("\u{1B}[32mok     \u{1B}[0m"), "\(coloured)")
                #expect(coloured.contains("Looking at models, 1 of 1 …"))
                let plain = try await run(["TERM": "xterm", "NO_COLOR": "1"])
                #expect(!plain.contains("\u{1B}[32m"))
                #expect(plain.contains("  ok       registry: MLflow"))
            }
        }

        @Test("A model that is not there, and settings that are not right")
        func usage() async throws {
            try await DoctorFixture.with { fixture in
                let nobody = try await CommandLineTool(
                    [Place.palantir, "doctor", "no-such-model"], environment: fixture.environment)
                #expect(nobody.exitCode == 2)
                #expect(nobody.output.contains("No model \"no-such-model\" is registered"), "\(nobody.output)")
                fixture.environment["PALANTIR_PROT"] = "1"
                fixture.environment["PALANTIR_MAX_IN_FLIGHT"] = "none"
                let report = try await fixture.doctor()
                #expect(report.exitCode == 2)
                #expect(report.troubles(of: "settings").count == 2, "\(report.output)")
            }
        }
    }
}
