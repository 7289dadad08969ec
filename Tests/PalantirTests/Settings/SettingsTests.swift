import ArgumentParser
import Configuration
import Foundation
import Logging
import Palantir
import PalantirTesting
import Testing

@testable import PalantirCLI

@Suite("Settings")
struct SettingsTests {
    private static func read(
        _ environment: [String: String], flags: [String: String] = [:]
    ) throws(SettingsError) -> Settings {
        let reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: flags),
            EnvironmentVariablesProvider(environmentVariables: environment),
        ])
        return try Settings(from: reader, names: Array(environment.keys))
    }

    private static let mlflow = ["MLFLOW_URI": "http://127.0.0.1:5000"]

    private static func problems(_ environment: [String: String]) -> [String] {
        do throws(SettingsError) {
            _ = try read(environment)
            return []
        } catch {
            return error.problems
        }
    }

    @Test("Defaults are those of the catalog")
    func defaults() throws {
        let settings = try Self.read(Self.mlflow)
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 3000)
        #expect(settings.featureStore == .sqlite(path: "palantir-data/features.sqlite"))
        #expect(settings.requestTimeout == .seconds(5))
        #expect(settings.registryRefresh == .seconds(5))
        #expect(settings.logLevel == .info)
        #expect(settings.hosts == nil)
    }

    @Test("Every wrong value is told, each with its name")
    func wrongValues() {
        let wrong = [
            "PALANTIR_PORT": "70000", "PALANTIR_LOG_LEVEL": "loud", "PALANTIR_REQUEST_TIMEOUT_MS": "0",
            "PALANTIR_MAX_BODY_BYTES": "many", "PALANTIR_ALLOW_ANONYMOUS": "perhaps", "PALANTIR_HOSTS": "a,,b",
            "PALANTIR_UNKNOWN": "1", "MLFLOW_URI": "databricks", "FEATURE_STORE_URL": "postgres://h/d",
            "MLFLOW_TRACKING_USERNAME": "me", "PALANTIR_HOST": "0.0.0.0",
        ]
        let problems = Self.problems(wrong)
        for name in wrong.keys {
            #expect(problems.contains { $0.contains(name) }, "\(name) in \(problems)")
        }
    }

    @Test(
        "Wrong values one by one",
        arguments: [
            ("PALANTIR_PORT", "-1"), ("PALANTIR_PORT", "abc"), ("PALANTIR_PORT", "1.5"),
            ("PALANTIR_MAX_IN_FLIGHT", "0"),
            ("PALANTIR_FEATURE_STORE_CONNECTIONS", "65"), ("PALANTIR_MODEL_MAX_BATCH_SIZE", "10001"),
            ("PALANTIR_READ_TIMEOUT_MS", "99"), ("PALANTIR_REGISTRY_REFRESH_MS", ""), ("MYSQL_DSN", "nonsense"),
        ])
    func oneByOne(_ name: String, _ value: String) {
        let problems = Self.problems(Self.mlflow.merging([name: value]) { _, given in given })
        // An empty value counts as unset.
        #expect(problems.count == (value.isEmpty ? 0 : 1))
        #expect(problems.allSatisfy { $0.contains(name) })
    }

    @Test("Without MLFLOW_URI there is one line, which says what to set; MLflow's own name is read too")
    func mlflowURI() throws {
        #expect(Self.problems([:]).map { $0.hasPrefix("MLFLOW_URI is not set") } == [true])
        let settings = try Self.read(["MLFLOW_TRACKING_URI": "https://mlflow.example/base/"])
        #expect(settings.registry.uri.base == "https://mlflow.example/base")
    }

    @Test("MLflow's credentials, as its own client takes them")
    func credentials() throws {
        let token = try Self.read(Self.mlflow.merging(["MLFLOW_TRACKING_TOKEN": "t"]) { $1 })
        guard case .bearer("t") = token.registry.credentials else {
            Issue.record("no token")
            return
        }
        let both = [
            "MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p",
        ]
        let basic = try Self.read(Self.mlflow.merging(both) { $1 })
        guard case .basic("u", "p") = basic.registry.credentials else {
            Issue.record("no basic")
            return
        }
        let inURI = try Self.read(["MLFLOW_URI": "http://me:secret@h:5000"])
        guard case .basic("me", "secret") = inURI.registry.credentials else {
            Issue.record("no user info")
            return
        }
        #expect(inURI.registry.uri.base == "http://h:5000")
    }

    @Test("No password is repeated, and a line of a .env file that a shell would read is told")
    func secrets() {
        let wrong = Self.problems(["MLFLOW_URI": "http://me:s3cret@host/?x=1"])
        #expect(wrong.count == 1)
        #expect(!wrong.joined().contains("s3cret"))
        let exported = Self.problems(Self.mlflow.merging(["export PALANTIR_PORT": "1"]) { $1 })
        #expect(exported.map { $0.contains("without export") } == [true])
    }

    @Test("A log shows what was set otherwise than by default, and no secret")
    func shown() throws {
        let settings = try Self.read([
            "MLFLOW_URI": "http://me:s3cret@h:5000", "MYSQL_DSN": "u:pass-1@tcp(h)/d", "PALANTIR_PORT": "3001",
            "PALANTIR_MAX_IN_FLIGHT": "1024", "RAY_AUTH_TOKEN": "token-1",
        ])
        let shown = settings.shown(all: false)
        #expect(
            shown == [
                ShownSetting(name: "MLFLOW_URI", value: "http://…@h:5000", source: .set),
                ShownSetting(name: "MYSQL_DSN", value: "(hidden)", source: .set),
                ShownSetting(name: "PALANTIR_PORT", value: "3001", source: .set),
                ShownSetting(name: "RAY_AUTH_TOKEN", value: "(hidden)", source: .set),
            ])
        let all = settings.shown(all: true)
        #expect(all.count == Settings.catalog.count)
        #expect(all.contains(ShownSetting(name: "PALANTIR_HOST", value: "127.0.0.1", source: .byDefault)))
        #expect(!"\(all)".contains("pass-1") && !"\(all)".contains("s3cret") && !"\(all)".contains("token-1"))
        #expect(Set(settings.secrets).isSuperset(of: ["s3cret", "pass-1", "u:pass-1@tcp(h)/d", "token-1"]))
        #expect(settings.secrets.contains("bWU6czNjcmV0"), "as a header carries it")
    }

    @Test("Two feature stores are one too many")
    func twoStores() {
        let problems = Self.problems(
            Self.mlflow.merging(["MYSQL_DSN": "u@/d", "FEATURE_STORE_URL": "sqlite:///x"]) { $1 })
        #expect(problems.count == 1)
    }

    @Test(
        "TLS: certificate and key go together, and authorities for clients need both",
        arguments: [
            (["PALANTIR_TLS_CERTIFICATE": "c.pem"], 1), (["PALANTIR_TLS_KEY": "k.pem"], 1),
            (["PALANTIR_TLS_CLIENT_CA": "ca.pem"], 1), (["PALANTIR_TLS_CERTIFICATE": "c", "PALANTIR_TLS_KEY": "k"], 0),
        ])
    func tls(_ given: [String: String], _ count: Int) throws {
        #expect(Self.problems(Self.mlflow.merging(given) { $1 }).count == count)
    }

    @Test("TLS: other files are taken over by a running hub, but not from http to https")
    func tlsReload() throws {
        let plain = try Self.read(Self.mlflow)
        let files = ["PALANTIR_TLS_CERTIFICATE": "c", "PALANTIR_TLS_KEY": "k"]
        let secure = try Self.read(Self.mlflow.merging(files) { $1 })
        #expect(secure.tls == TLSFiles(certificate: "c", key: "k", clientAuthorities: nil))
        #expect(secure.reloadable(since: secure).contains("PALANTIR_TLS_CERTIFICATE"))
        #expect(!secure.reloadable(since: plain).contains("PALANTIR_TLS_CERTIFICATE"))
        #expect(!plain.reloadable(since: secure).contains("PALANTIR_TLS_KEY"))
    }

    @Test("Ray: its addresses follow from one another")
    func ray() throws {
        let local = Self.mlflow.merging(["PALANTIR_AUTODEPLOY_TARGET": "ray"]) { $1 }
        let settings = try Self.read(local.merging(["PALANTIR_RAY_URL": "http://127.0.0.1:8265/"]) { $1 })
        let ray = try #require(settings.autodeploy.ray)
        #expect(ray.dashboard.text == "http://127.0.0.1:8265")
        #expect(ray.serve.text == "http://127.0.0.1:8000")
        #expect(ray.codeURL == "http://127.0.0.1:3000")
        #expect(ray.token == nil)
        #expect(try Self.read(Self.mlflow).autodeploy.ray == nil)
    }

    @Test(
        "Ray: what would not work, or would be open to everyone, stops the start",
        arguments: [
            ([:], ["PALANTIR_RAY_URL"]),
            (["PALANTIR_RAY_URL": "http://ray:8265", "PALANTIR_RAY_CODE_URL": "http://hub:3000"], ["RAY_AUTH_TOKEN"]),
            (["PALANTIR_RAY_URL": "http://ray:8265", "RAY_AUTH_TOKEN": "t"], ["PALANTIR_RAY_CODE_URL"]),
            (["PALANTIR_RAY_URL": "http://127.0.0.1:8265", "PALANTIR_PORT": "0"], ["PALANTIR_RAY_CODE_URL"]),
            (["PALANTIR_RAY_URL": "ray"], ["PALANTIR_RAY_URL"]),
            (
                [
                    "PALANTIR_RAY_URL": "http://ray:8265", "PALANTIR_RAY_CODE_URL": "http://hub:3000",
                    "PALANTIR_RAY_ALLOW_ANONYMOUS": "true",
                ], []
            ),
        ] as [([String: String], [String])])
    func wrongRay(_ changes: [String: String], _ named: [String]) {
        let ray = Self.mlflow.merging(["PALANTIR_AUTODEPLOY_TARGET": "ray"]) { $1 }
        let problems = Self.problems(ray.merging(changes) { $1 })
        #expect(problems.count == named.count, "\(problems)")
        for name in named { #expect(problems.contains { $0.hasPrefix(name) }, "\(problems)") }
    }

    @Test("What comes first wins")
    func precedence() throws {
        let settings = try Self.read(
            Self.mlflow.merging(["PALANTIR_PORT": "1"]) { $1 }, flags: ["PALANTIR_PORT": "2"])
        #expect(settings.port == 2)
    }

    @Test("Help and docs name every setting; each that is no secret has a flag")
    func documented() throws {
        let help = ServeCommand.helpMessage()
        let docs = try String(
            contentsOf: Place.package.appendingPathComponent("docs/settings.md"), encoding: .utf8)
        for setting in Settings.catalog {
            #expect(help.contains(setting.name), "\(setting.name)")
            #expect(docs.contains("`\(setting.name)`"), "\(setting.name)")
            guard let flag = setting.flag, setting.name != "PALANTIR_URL", !setting.isSecret else { continue }
            #expect(help.contains("--\(flag) "), "\(flag)")
            #expect(docs.contains("`--\(flag)`"), "\(flag)")
        }
    }
}
