import Foundation

/// A real MariaDB on a free port, in a folder of its own.
package final class MariaDBServer: Sendable {
    package let port: Int
    private let folder: String
    private let options: [String]
    private let process = Slot<ServerProcess>()

    /// - Parameter options: further ones of the server.
    package init(options: [String] = []) async throws {
        self.options = options
        folder = try Place.folder()
        port = try Place.freePort()
        let install = try await ServerProcess(
            [
                "/usr/bin/mariadb-install-db", "--no-defaults", "--user=\(NSUserName())", "--datadir=\(folder)/data",
                "--auth-root-authentication-method=normal", "--skip-test-db",
                // Two servers that are made at the same moment would share temporary tables.
                "--tmpdir=\(folder)",
            ], environment: ["TMPDIR": folder], log: folder + "/install.log")
        guard await install.exitCode(within: .seconds(60)) == 0 else {
            throw NotStarted("MariaDB was not installed", log: install.output)
        }
        try await start()
        try await execute("CREATE DATABASE features CHARACTER SET utf8mb4", database: "")
    }

    package var dsn: String { "root:@tcp(127.0.0.1:\(port))/features" }
    package var socket: String { folder + "/mariadb.sock" }

    package func start() async throws {
        let server = try await ServerProcess(
            [
                "/usr/sbin/mariadbd", "--no-defaults", "--user=\(NSUserName())", "--datadir=\(folder)/data",
                "--socket=\(socket)", "--port=\(port)", "--bind-address=127.0.0.1", "--skip-log-bin",
                "--tmpdir=\(folder)", "--innodb-buffer-pool-size=64M", "--pid-file=\(folder)/pid",
            ] + options, log: folder + "/server.log")
        process.value = server
        for _ in 0..<600 {
            if (try? await execute("SELECT 1", database: "")) != nil { return }
            guard server.isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw NotStarted("MariaDB did not start", log: server.output)
    }

    package func stop() async {
        await process.value?.stop()
    }

    package func kill() async {
        await process.value?.stop(SIGKILL)
    }

    package func remove() async {
        await kill()
        Place.remove(folder)
    }

    /// Runs statements with MariaDB's own client.
    @discardableResult
    package func execute(_ sql: String, database: String = "features") async throws -> String {
        let file = folder + "/\(UUID().uuidString).sql"
        try sql.write(toFile: file, atomically: true, encoding: .utf8)
        defer { Place.remove(file) }
        let client = try await ServerProcess(
            [
                "/usr/bin/mariadb", "--no-defaults", "--socket=\(socket)", "--user=root", "--batch",
                "--default-character-set=utf8mb4", "--skip-column-names", "--execute=source \(file)", database,
            ].filter { !$0.isEmpty }, log: file + ".log")
        defer { Place.remove(file + ".log") }
        guard await client.exitCode(within: .seconds(60)) == 0 else {
            throw NotStarted("MariaDB refused a statement", log: client.output)
        }
        return client.output
    }
}
