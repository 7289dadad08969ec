import ArgumentParser
import Configuration
import Foundation
import Logging
import NIOCore
import Palantir
import PalantirServer
import ServiceLifecycle

/// `palantir serve`: the hub itself.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve predictions over HTTP.",
        discussion: SettingsHelp.text)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let (settings, tls, trust) = try await readSettings()
        let log = LogOutput(settings.logFormat)
        let logger = Self.logger(settings, log)
        Self.tell(settings, logger)
        let client = EgressClient(trust: trust)
        do {
            let hub = try buildHub(settings, tls: tls, client: client, trust: trust, log: log, logger: logger)
            tls?.warn(logger)
            try await serve(hub, settings, logger)
            await hub.features.shutdown()
            client.shutdown()
            await log.close()
        } catch {
            client.shutdown()
            await log.close()
            throw Self.explained(error, settings)
        }
    }

    private func serve(_ hub: Hub, _ settings: Settings, _ logger: Logger) async throws {
        let application = buildApplication(hub, host: settings.host, port: settings.port) { port in
            logger.info(
                "Palantir serves",
                metadata: [
                    "address": "\(settings.address(port: port))",
                    "feature_store": "\(settings.featureStore.kind)",
                    "callers": "\(settings.access.isRequired ? "must say who they are" : "anybody")",
                    "autodeploy": "\(settings.autodeploy.policy.mode.rawValue)",
                ])
        }
        warnOfFewFiles(settings, logger)
        let lifetime = HubLifetime(
            hub: hub, settings: settings, readSettings: { [options] in try await Self.settings(options) },
            group: ServiceGroup(configuration: .init(services: [application], logger: logger)), logger: logger)
        try await lifetime.run()
    }

    private func readSettings() async throws -> (Settings, ServerTLS?, TLSTrust) {
        do {
            let settings = try await Self.settings(options)
            let trust = try TLSTrust(file: settings.egress.authorities)
            return (settings, try await ServerTLS.read(settings.tls), trust)
        } catch let error as SettingsError {
            let lines = error.problems.map { "  - \($0)" }.joined(separator: "\n")
            throw Failure(exitCode: .init(78), "The settings are not right:\n\(lines)")
        }
    }

    private static func settings(_ options: ServeOptions) async throws -> Settings {
        let sources = try await SettingsSources(flags: options.flags, envFile: options.envFile)
        return try Settings(from: sources.reader, names: sources.names)
    }

    private func warnOfFewFiles(_ settings: Settings, _ logger: Logger) {
        let files = OpenFileLimit.raise()
        let connections = OpenFileLimit.connections(of: files, wanted: settings.maxConnections)
        guard connections < settings.maxConnections else { return }
        logger.warning(
            "Fewer connections than PALANTIR_MAX_CONNECTIONS are possible; raise the limit of open files (ulimit -n)",
            metadata: ["open_files": "\(files)", "connections": "\(connections)"])
    }

    private static func logger(_ settings: Settings, _ log: LogOutput) -> Logger {
        let secrets = settings.secrets
        var logger = Logger(label: "palantir") { label in
            SecretMaskingLogHandler(LogOutputHandler(log, label: label), secrets: secrets)
        }
        logger.logLevel = settings.logLevel
        return logger
    }

    private static func tell(_ settings: Settings, _ logger: Logger) {
        for setting in settings.shown(all: settings.logLevel <= .debug) {
            logger.info(
                "Setting",
                metadata: [
                    "name": "\(setting.name)", "value": "\(setting.value)", "source": "\(setting.source.rawValue)",
                ])
        }
    }

    private static func explained(_ error: any Error, _ settings: Settings) -> any Error {
        switch error {
        case let error as PalantirError:
            Failure(exitCode: .failure, error.message + (error.cause.map { " (\($0))" } ?? ""))
        case let error as IOError where error.errnoCode == EADDRINUSE:
            Failure(
                exitCode: .failure,
                "\(settings.host):\(settings.port) is in use; choose another port by PALANTIR_PORT or --port.")
        case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EADDRNOTAVAIL:
            Failure(exitCode: .failure, "Cannot listen on \(settings.host):\(settings.port): \(error).")
        default: error
        }
    }
}

extension Settings {
    fileprivate func address(port: Int) -> String {
        "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

extension FeatureStoreLocation {
    fileprivate var kind: String {
        switch self {
        case .mysql: "MySQL"
        case .sqlite: "SQLite"
        }
    }
}
