import PalantirTesting
import Testing

/// Starts real servers for a suite and ends them after it.
struct ServersTrait: SuiteTrait, TestScoping {
    let needsMLflow: Bool
    let needsMariaDB: Bool

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let http = TestHTTP()
        do {
            let servers = try await start(http)
            do {
                try await Servers.$current.withValue(servers) { try await function() }
                await servers.end()
            } catch {
                await servers.end()
                throw error
            }
            await http.shutdown()
        } catch {
            await http.shutdown()
            throw error
        }
    }

    private func start(_ http: TestHTTP) async throws -> Servers {
        let database = needsMariaDB ? try await MariaDBServer() : nil
        do {
            let mlflow = needsMLflow ? try await MLflowServer(http: http) : nil
            return Servers(http: http, model: try await TestModel(), database: database, mlflow: mlflow)
        } catch {
            await database?.remove()
            throw error
        }
    }
}

extension Trait where Self == ServersTrait {
    static var mariaDB: Self { ServersTrait(needsMLflow: false, needsMariaDB: true) }
    static var mlflow: Self { ServersTrait(needsMLflow: true, needsMariaDB: false) }
    static var mlflowAndMariaDB: Self { ServersTrait(needsMLflow: true, needsMariaDB: true) }
}

/// The servers of the running suite.
struct Servers: Sendable {
    @TaskLocal static var current: Servers?

    let http: TestHTTP
    let model: TestModel
    fileprivate let database: MariaDBServer?
    fileprivate let mlflow: MLflowServer?

    static func mariaDB() throws -> MariaDBServer { try #require(current?.database) }
    static func mlflow() throws -> MLflowServer { try #require(current?.mlflow) }
    static func model() throws -> TestModel { try #require(current?.model) }
    static func http() throws -> TestHTTP { try #require(current?.http) }

    fileprivate func end() async {
        await model.stop()
        await mlflow?.remove()
        await database?.remove()
    }
}
