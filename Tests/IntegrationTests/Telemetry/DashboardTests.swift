import Foundation
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("The dashboard and the alerts, in a real Prometheus", .serialized)
    struct DashboardTests {
        private static let deploy = Place.package.appendingPathComponent("deploy")

        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("promtool takes the configuration and the alerts, and each alert rings for its fault and for no other")
        func promtool() async throws {
            let folder = Self.deploy.appendingPathComponent("prometheus").path
            for command in [
                ["check", "rules", folder + "/alerts.yml"], ["check", "config", folder + "/prometheus.yml"],
                ["test", "rules", folder + "/alerts_test.yml"],
            ] {
                let result = try await CommandLineTool(["/usr/bin/promtool"] + command)
                #expect(result.exitCode == 0, "\(result.output)")
            }
        }

        @Test("Every expression of both is evaluated without error, on names that the hub has")
        func expressions() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let prefix = HubFixture.name()
            try await DeploymentFixture.register([("failing", "\(prefix)-failing")])
            // Everything that a hub can count is turned on.
            var settings = [
                "PALANTIR_AUDIT_LOG": folder + "/audit.log", "PALANTIR_AUTODEPLOY": "tagged",
                "PALANTIR_AUTODEPLOY_MODELS": "\(prefix)-*", "PALANTIR_PYTHON": Place.python,
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(try Place.freePort())",
            ]
            if geteuid() == 0 { settings["PALANTIR_AUTODEPLOY_USER"] = "root" }
            try await HubFixture.with(settings) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                try await eventually { try await fixture.hub.predict(name, "42").status == 200 }
                try await eventually(within: .seconds(30)) {
                    try await fixture.hub.get("/metrics").body.contains(MetricNames.deploymentState)
                }
                let known = MetricsText(try await fixture.hub.get("/metrics").body).names
                let dashboard = try Self.dashboardExpressions()
                #expect(dashboard.count > 30)
                try await PrometheusServer.with(scraping: fixture.hub) { prometheus in
                    try await eventually(within: .seconds(30)) {
                        _ = try await fixture.hub.predict(name, "42")
                        let rate = "rate(palantir_model_requests_total{model=\"\(name)\"}[1m]) > 0"
                        return try await prometheus.query(rate) == .series(1)
                    }
                    let rules = try await prometheus.rules()
                    #expect(rules.count == 11)
                    for expression in dashboard + rules.map(\.expression) {
                        let result = try await prometheus.query(expression)
                        if case .error(let reason) = result { Issue.record("\(expression): \(reason)") }
                        let names = expression.matches(of: /palantir_[a-z_]+/).map { String($0.output) }
                        #expect(!names.isEmpty || expression.contains("up{"))
                        for name in names { #expect(known.contains(name), "\(name) in \(expression)") }
                    }
                    for expression in dashboard where !expression.contains("> 0") && !expression.contains("!=\"OK\"") {
                        #expect(try await prometheus.query(expression) != .series(0), "\(expression)")
                    }
                    try await eventually(within: .seconds(30)) {
                        try await prometheus.rules().allSatisfy { $0.health == "ok " }
                    }
                }
            }
        }

        /// With what Grafana puts in place of its variables.
        private static func dashboardExpressions() throws -> [String] {
            let file = try Data(contentsOf: deploy.appendingPathComponent("grafana/palantir.json"))
            let dashboard = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
            let panels = try #require(dashboard["panels"] as? [[String: Any]])
            let targets = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }
            return targets.compactMap { $0["expr"] as? String }.map {
                $0.replacing("$__rate_interval", with: "1m").replacing("$instance", with: ".*")
                    .replacing("$model", with: ".*")
            }
        }
    }
}
