import Foundation
import NIOCore
import Testing

@testable import Palantir

@Suite("MLflow and the feature store, judged")
struct ComponentDiagnosisTests {
    @Test(
        "What an answer of MLflow means",
        arguments: [
            (200, "{}", .answers), (200, #"{"registered_models":[{"name":"a"}]}"#, .answers),
            (200, "<html>Sign in</html>", .notMLflow), (200, #"{"status":"ok"}"#, .notMLflow), (200, "OK", .notMLflow),
            (401, "<html>", .unauthenticated), (403, "Invalid Host header", .hostRefused),
            (403, #"{"error_code":"PERMISSION_DENIED"}"#, .denied), (404, "Not Found", .absent),
            (302, "", .redirected), (308, "", .redirected), (500, "oops", .failed(status: 500)),
            (503, "", .failed(status: 503)),
        ] as [(Int, String, RegistryInspection.Outcome)])
    func outcome(_ status: Int, _ body: String, _ expected: RegistryInspection.Outcome) {
        #expect(RegistryInspection.Outcome(status: status, body: ByteBuffer(string: body)) == expected)
    }

    @Test(
        "Each fault of MLflow is one error with a remedy of its own",
        arguments: [
            (.unauthenticated, "MLFLOW_TRACKING_USERNAME"), (.denied, "READ"), (.hostRefused, "--allowed-hosts"),
            (.redirected, "redirects to"), (.absent, "/api"), (.notMLflow, "tracking server itself"),
            (.failed(status: 500), "log"), (.unreachable, "mlflow server"), (.untrusted, "PALANTIR_CA_FILE"),
            (.late, "overloaded"),
        ] as [(RegistryInspection.Outcome, String)])
    func fault(_ outcome: RegistryInspection.Outcome, _ named: String) {
        let findings = RegistryDiagnosis.findings(RegistryInspection(outcome: outcome))
        #expect(findings.map(\.severity) == [.error])
        #expect(findings.first?.remedy?.contains(named) == true, "\(findings)")
    }

    @Test("Credentials that are refused are told otherwise than none, and a path too much is found")
    func credentials() {
        let wrong = RegistryDiagnosis.findings(RegistryInspection(outcome: .unauthenticated, hasCredentials: true))
        #expect(wrong.first?.message.contains("refuses our credentials") == true)
        let none = RegistryDiagnosis.findings(RegistryInspection(outcome: .unauthenticated))
        #expect(none.first?.message.contains("no credentials are set") == true)
        let path = RegistryDiagnosis.findings(RegistryInspection(outcome: .absent, answersWithoutPath: true))
        #expect(path.first?.remedy == "Set MLFLOW_URI to its address without the path.")
    }

    @Test(
        "Two clocks that differ by more than half a minute are told",
        arguments: [(0, true), (29, true), (-29, true), (31, false), (-3_600, false)])
    func clock(_ seconds: Int, _ isWell: Bool) {
        let findings = RegistryDiagnosis.findings(
            RegistryInspection(outcome: .answers, clockAhead: .seconds(seconds)))
        #expect(findings.troubled == (isWell ? [] : [.clock]))
    }

    @Test("A Date header is cut to whole seconds, and may be of any moment of the exchange")
    func ahead() throws {
        let date = try #require(MLflowRegistry.date("Sun, 06 Nov 1994 08:49:37 GMT"))
        #expect(date.timeIntervalSince1970 == 784_111_777)
        func ahead(_ begin: Double, _ end: Double) -> Duration {
            MLflowRegistry.ahead(date, from: date.addingTimeInterval(begin), to: date.addingTimeInterval(end))
        }
        #expect(ahead(0.9, 1.2) == .zero)
        #expect(ahead(-3, 0.1) == .zero)
        #expect(ahead(-60, -50) == .seconds(50))
        #expect(ahead(61, 70) == .seconds(-60))
        #expect(MLflowRegistry.date("yesterday") == nil)
    }

    @Test(
        "Versions that the hub reads",
        arguments: [
            (.mariaDB, "10.11.6-MariaDB-0+deb12u1", true), (.mariaDB, "10.2.44-MariaDB", false),
            (.mysql, "8.0.36", true), (.mysql, "9.1.0", true), (.mysql, "5.7.44-log", true), (.mysql, "5.6.51", false),
            (.sqlite, "3.40.1", true), (.mysql, "unknown", true),
        ] as [(StoreInspection.Product, String, Bool)])
    func version(_ product: StoreInspection.Product, _ version: String, _ isWell: Bool) {
        let findings = StoreDiagnosis.findings(
            StoreInspection(product: product, version: version, transport: .local))
        #expect(findings.troubled == (isWell ? [] : [.featureStoreVersion]))
    }

    @Test(
        "Rows that cross a network are to be encrypted, and the server's certificate checked",
        arguments: [
            (.local, true), (.plain(isLoopback: true), true), (.plain(isLoopback: false), false),
            (.encrypted(isVerified: true, isLoopback: false), true),
            (.encrypted(isVerified: false, isLoopback: true), true),
            (.encrypted(isVerified: false, isLoopback: false), false),
        ] as [(StoreInspection.Transport, Bool)])
    func transport(_ transport: StoreInspection.Transport, _ isWell: Bool) {
        let findings = StoreDiagnosis.findings(
            StoreInspection(product: .mysql, version: "8.0.36", transport: transport))
        #expect(findings.troubled == (isWell ? [] : [.featureStoreTLS]))
        if !isWell { #expect(findings[.featureStoreTLS]?.remedy?.contains("tls=true") == true) }
    }

    @Test("A user that may write is told, with the reader to make in its place")
    func rights() {
        let findings = StoreDiagnosis.findings(
            StoreInspection(
                product: .mysql, version: "8.0.36", transport: .local, database: "shop",
                writePrivileges: ["ALTER", "CREATE", "DROP", "INSERT", "UPDATE"]))
        #expect(findings.troubled == [.featureStoreRights])
        #expect(findings[.featureStoreRights]?.message.contains("ALTER, CREATE, DROP, INSERT and more") == true)
        #expect(findings[.featureStoreRights]?.remedy?.contains("GRANT SELECT ON `shop`.* TO") == true)
    }

    @Test(
        "A name that somebody meant",
        arguments: [
            ("users", ["user", "orders"], "user"), ("Users", ["users"], "users"), ("usres", ["users"], "users"),
            ("churn_featrues", ["churn_features", "churn"], "churn_features"), ("users", ["orders"], nil),
            ("ab", ["cd"], nil), ("users", [], nil),
        ] as [(String, [String], String?)])
    func nearest(_ name: String, _ names: [String], _ expected: String?) {
        #expect(EditDistance.nearest(to: name, among: names) == expected)
    }
}
