import Foundation
import PalantirTesting
import Testing

/// A hub on the suite's servers, with a data folder of its own.
struct HubFixture {
    let hub: HubProcess
    let folder: String
    let environment: [String: String]

    /// The same on a hub that speaks TLS.
    static func with(
        _ settings: [String: String], tls: TestHTTP.TLS, apiKey: String? = nil, waitUntilReady: Bool = true,
        _ body: (HubFixture) async throws -> Void
    ) async throws {
        let http = try TestHTTP(tls: tls, apiKey: apiKey)
        do {
            try await with(settings, waitUntilReady: waitUntilReady, http: http, body)
            await http.shutdown()
        } catch {
            await http.shutdown()
            throw error
        }
    }

    /// Runs a test on a fresh hub that is ready.
    ///
    /// - Parameter http: what asks it; nil for the suite's own.
    static func with(
        _ settings: [String: String] = [:], envFile: String? = nil, waitUntilReady: Bool = true,
        http: TestHTTP? = nil, _ body: (HubFixture) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let environment = [
            "MLFLOW_URI": try Servers.mlflow().uri, "MYSQL_DSN": try Servers.mariaDB().dsn, "PALANTIR_DATA": folder,
        ].merging(settings) { _, given in given }.filter { !$0.value.isEmpty }
        if let envFile { try envFile.write(toFile: folder + "/hub.env", atomically: true, encoding: .utf8) }
        let hub = try await HubProcess(
            environment, arguments: envFile == nil ? [] : ["--env-file", folder + "/hub.env"],
            log: folder + "/hub.log", http: try http ?? Servers.http())
        let fixture = HubFixture(hub: hub, folder: folder, environment: environment)
        do {
            if waitUntilReady { try await hub.ready() }
            try await body(fixture)
            await hub.process.stop()
        } catch {
            await hub.process.stop()
            throw error
        }
    }

    /// What the hub warned of, but for models of other suites that wait to be deployed.
    var warnings: [String] {
        hub.process.output.split(separator: "\n").map(String.init).filter {
            $0.contains(" warning ") && !$0.contains("Models wait to be deployed")
        }
    }

    /// Writes its file of settings anew, and asks it to read that.
    func reload(_ envFile: String) throws {
        try envFile.write(toFile: folder + "/hub.env", atomically: true, encoding: .utf8)
        hub.process.signal(SIGHUP)
    }

    /// The hub anew, on the same data folder.
    func restarted() async throws -> HubProcess {
        await hub.process.stop()
        return try await HubProcess(environment, log: folder + "/hub2.log", http: try Servers.http())
    }

    /// Registers a model whose API is the test model's at a path, and waits until the hub knows it.
    func register(_ name: String, at path: String = "/predict", tags: [String: String] = [:]) async throws {
        let all = ["feature_store": "users", "uri": try Servers.model().uri(path)].merging(tags) { _, given in given }
        try await Servers.mlflow().register(name, tags: all)
    }

    /// The table that most tests read.
    static func fillUsers() async throws {
        try await Servers.mariaDB().execute(
            """
            CREATE TABLE IF NOT EXISTS users (id VARCHAR(100) PRIMARY KEY, age INT, spend DECIMAL(10,2));
            REPLACE INTO users VALUES ('1', 31, 10.50), ('2', 42, NULL), ('42', 27, 99.90), ('user-1', 50, 1.00);
            """)
    }

    static func name() -> String { "m" + UUID().uuidString.prefix(8).lowercased() }
}

extension TestHTTP.Answer {
    /// The error's code; nil for an answer that is none.
    var code: String? { member("code") as? String }

    func member(_ name: String) -> Any? {
        (try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?[name]
    }
}
