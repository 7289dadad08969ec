import Foundation

/// A real Ray head on loopback, with every port a free one and its files in a folder of its own.
package final class RayHead: Sendable {
    package let dashboard: String
    /// Where its HTTP proxy will listen: whoever declares the first application says so.
    package let servePort: Int
    /// Of its files, its logs among them.
    package let folder: String
    private let process: ServerProcess

    /// Whether `make test-ray` runs: Ray is installed, and there is time for it.
    package static var isWanted: Bool { ProcessInfo.processInfo.environment["PALANTIR_TEST_RAY"] == "1" }

    package init(http: TestHTTP) async throws {
        // Ray's sockets live there, and a socket's path is short.
        folder = "/tmp/ray-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let ports = try (0..<5).map { _ in "\(try Place.freePort())" }
        dashboard = "http://127.0.0.1:\(ports[0])"
        servePort = try Place.freePort()
        process = try await ServerProcess(
            // Foundation makes it the leader of a group, which can be ended as a whole. Not by setsid: that would leave Ray
            // to a child, and the process that is asked to end would be gone already.
            ["/bin/bash", Place.package.appendingPathComponent("scripts/ray").path],
            environment: [
                "RAY_DASHBOARD_PORT": ports[0], "RAY_PORT": ports[1], "RAY_AGENT_PORT": ports[2],
                "RAY_CLIENT_PORT": ports[3], "RAY_TEMP": folder, "RAY_CPUS": "8",
            ], log: folder + "/head.log")
        for _ in 0..<600 {
            if let answer = try? await http.get(applications), answer.status == 200 { return }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        let log = process.output
        await stop()
        throw NotStarted("Ray did not start", log: log)
    }

    package var applications: String { dashboard + "/api/serve/applications/" }
    package var serve: String { "http://127.0.0.1:\(servePort)" }

    package func stop() async {
        await process.stop(grace: .seconds(20))
        // Ray's processes do not all end with its first one.
        kill(-process.identifier, SIGKILL)
        Place.remove(folder)
    }
}
