import Foundation
import NIOCore
import PalantirTesting
import Testing

extension HubTests {
    @Suite("palantir doctor on MLflow and MySQL", .serialized)
    struct DoctorComponentTests {
        @Test(
            "What stands in MLflow's place is told for what it is",
            arguments: [
                ("unauthenticated", "MLFLOW_TRACKING_USERNAME"), ("denied", "READ"), ("page", "behind it"),
                ("redirecting", "redirects to"), ("failing", "log"), ("nothing", "tracking server's address"),
            ])
        func impostors(_ behaviour: String, _ named: String) async throws {
            try await DoctorFixture.with { fixture in
                let right = fixture.environment["MLFLOW_URI"]
                fixture.environment["MLFLOW_URI"] = try Servers.model().uri("/mlflow/\(behaviour)")
                let report = try await fixture.doctor()
                #expect(report.exitCode == 2)
                #expect(report.troubles().map { $0["check"] } == ["registry"], "\(report.output)")
                #expect(report.remedy(of: "registry")?.contains(named) == true, "\(report.output)")
                fixture.environment["MLFLOW_URI"] = right
                #expect(try await fixture.doctor().exitCode == 0)
            }
        }

        @Test("MLflow that refuses its name is told, though its health is green")
        func foreignHost() async throws {
            let http = try Servers.http()
            let mlflow = try await MLflowServer(http: http, allowedHosts: "models.example.com")
            do {
                #expect(try await http.get(mlflow.uri + "/health").status == 200)
                try await DoctorFixture.with { fixture in
                    fixture.environment["MLFLOW_URI"] = mlflow.uri
                    let report = try await fixture.doctor()
                    #expect(report.troubles(of: "registry").count == 1)
                    #expect(report.remedy(of: "registry")?.contains("--allowed-hosts") == true, "\(report.output)")
                }
                await mlflow.remove()
            } catch {
                await mlflow.remove()
                throw error
            }
        }

        @Test("A path too much, nobody there, and a clock that goes wrong")
        func addresses() async throws {
            try await DoctorFixture.with { fixture in
                let right = try Servers.mlflow().uri
                fixture.environment["MLFLOW_URI"] = right + "/mlflow"
                let path = try await fixture.doctor()
                #expect(path.remedy(of: "registry") == "Set MLFLOW_URI to its address without the path.")
                fixture.environment["MLFLOW_URI"] = "http://127.0.0.1:\(try Place.freePort())"
                let nobody = try await fixture.doctor()
                #expect(nobody.remedy(of: "registry")?.contains("mlflow server") == true, "\(nobody.output)")
                #expect(nobody.findings.contains { $0["check"] == "feature_store" && $0["severity"] == "ok" })
                let future = try await Canary(
                    answer: ByteBuffer(
                        string: "HTTP/1.1 200 OK\r\ndate: Fri, 01 Jan 2100 00:00:00 GMT\r\ncontent-length: 2\r\n\r\n{}")
                )
                fixture.environment["MLFLOW_URI"] = "http://127.0.0.1:\(future.port)"
                let ahead = try await fixture.doctor()
                await future.stop()
                #expect(ahead.troubles(of: "clock").count == 1, "\(ahead.output)")
                fixture.environment["MLFLOW_URI"] = right
                #expect(try await fixture.doctor().exitCode == 0)
            }
        }

        @Test("MySQL that is not there, or takes no such user, and says nothing of the password")
        func unreachable() async throws {
            try await DoctorFixture.with { fixture in
                let right = try #require(fixture.environment["MYSQL_DSN"])
                for dsn in [
                    right.replacing("s3cret", with: "wr0ng"), right.replacing("/\(fixture.database)", with: "/nowhere"),
                    right.replacing(":\(try Servers.mariaDB().port)", with: ":\(try Place.freePort())"),
                ] {
                    fixture.environment["MYSQL_DSN"] = dsn
                    let report = try await fixture.doctor()
                    #expect(report.exitCode == 2)
                    #expect(
                        report.troubles().map { $0["check"] } == ["feature_store", "feature_table"], "\(report.output)")
                    #expect(report.remedy(of: "feature_store")?.contains("MYSQL_DSN") == true)
                    for secret in ["wr0ng", "s3cret"] { #expect(!report.output.contains(secret)) }
                }
                fixture.environment["MYSQL_DSN"] = right
                #expect(try await fixture.doctor().exitCode == 0)
            }
        }

        @Test("A file that is not there")
        func missingFile() async throws {
            try await DoctorFixture.with(sqlite: true) { fixture in
                fixture.environment["FEATURE_STORE_URL"] = "sqlite:///nowhere/features.sqlite"
                let report = try await fixture.doctor()
                #expect(report.troubles(of: "feature_store").count == 1)
                #expect(report.remedy(of: "feature_store")?.contains("four slashes") == true, "\(report.output)")
            }
        }

        @Test("A user that may write, mended by the statements that it tells")
        func rights() async throws {
            try await DoctorFixture.with { fixture in
                let server = try Servers.mariaDB()
                fixture.environment["MYSQL_DSN"] = "root@tcp(127.0.0.1:\(server.port))/\(fixture.database)"
                let report = try await fixture.doctor()
                #expect(report.exitCode == 1)
                #expect(report.troubles().map { $0["check"] } == ["feature_store_rights"], "\(report.output)")
                let remedy = try #require(report.remedy(of: "feature_store_rights"))
                try await fixture.execute("DROP USER IF EXISTS palantir_reader@'%'")
                try await fixture.apply(remedy, ["password": "s3cret"])
                fixture.environment["MYSQL_DSN"] =
                    "palantir_reader:s3cret@tcp(127.0.0.1:\(server.port))/\(fixture.database)"
                let mended = try await fixture.doctor()
                #expect(mended.troubles().isEmpty, "\(mended.output)")
            }
        }

        @Test("A running hub tells the same, with the model and for all of them")
        func hub() async throws {
            try await DoctorFixture.with { fixture in
                try await fixture.execute("ALTER TABLE users DROP PRIMARY KEY")
                let remedy = try #require(try await fixture.doctor().remedy(of: "key_index"))
                try await HubFixture.with(fixture.environment) { running in
                    let name = fixture.model
                    try await eventually {
                        let shown = try await running.hub.get("/models/\(name)").member("findings") as? [[String: Any]]
                        return shown?.map { $0["remedy"] as? String } == [remedy]
                    }
                    let all = try await running.hub.get("/diagnosis", headers: ["x-request-timeout-ms": "5000"])
                    #expect(all.status == 200)
                    let findings = try #require(all.member("findings") as? [[String: Any]])
                    #expect(
                        findings.contains { $0["check"] as? String == "registry" && $0["severity"] as? String == "ok" })
                    #expect(findings.contains { $0["check"] as? String == "feature_store_rights" })
                    #expect(findings.contains { $0["subject"] as? String == name && $0["remedy"] as? String == remedy })
                    // What is mended is seen mended, without a restart.
                    try await fixture.execute(remedy)
                    try await eventually(within: .seconds(40)) {
                        let shown = try await running.hub.get("/models/\(name)").member("findings") as? [[String: Any]]
                        return shown?.isEmpty == true
                    }
                }
            }
        }
    }
}
