import Hummingbird
import Logging
import PalantirTesting
import ServiceLifecycle

/// A real HTTP model in this process, with a path for each way of behaving: see ``TestModelRoutes``.
final class TestModel: Sendable {
    let port: Int
    let routes = TestModelRoutes()
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    /// - Parameter port: where it listens; a free one by default.
    init(port: Int? = nil) async throws {
        self.port = try port ?? Place.freePort()
        let started = AsyncStream<Void>.makeStream()
        let application = Application(
            router: routes.router(),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: self.port)),
            onServerRunning: { _ in started.continuation.yield() },
            logger: Logger(label: "model", factory: { _ in SwiftLogNoOpLogHandler() }))
        let group = ServiceGroup(configuration: .init(services: [application], logger: application.logger))
        self.group = group
        // A test's server lives beside the structure of the tests that share it.
        running = Task { try await group.run() }
        for await _ in started.stream { break }
    }

    func uri(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    func stop() async {
        await group.triggerGracefulShutdown()
        running.cancel()
        _ = try? await running.value
    }
}
