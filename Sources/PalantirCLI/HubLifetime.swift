import Foundation
import Logging
import Palantir
import PalantirServer
import ServiceLifecycle
import UnixSignals

/// A hub from its start to its end, as signals want it: SIGTERM and SIGINT drain it, a second one ends it at once, and
/// SIGHUP reads the settings again.
struct HubLifetime {
    let hub: Hub
    let settings: Settings
    /// Reads the settings once more.
    let readSettings: @Sendable () async throws -> Settings
    let group: ServiceGroup
    let logger: Logger

    /// What a reader of the log that hangs may take of an end that is overdue.
    private static let lastWords = Duration.milliseconds(500)

    /// - Throws: what ended a service.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await followSignals() }
            // Only the services end by themselves.
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
        logger.info("Palantir has stopped")
    }

    private func followSignals() async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        await withDiscardingTaskGroup { tasks in
            var current = settings
            for await signal in signals {
                switch signal {
                case .sighup: current = await reload(current)
                case _ where hub.drain.hasBegun:
                    logger.warning("A second signal; Palantir ends at once")
                    await hub.log?.close(within: Self.lastWords)
                    exit(1)
                default:
                    hub.drain.begin()
                    let drain = current.drain
                    tasks.addTask { await self.drain(drain) }
                }
            }
        }
    }

    private func drain(_ drain: DrainSettings) async {
        logger.info(
            "Palantir drains: it is not ready any more, serves on, and then ends what is under way",
            metadata: ["delay": "\(drain.delay)", "timeout": "\(drain.timeout)"])
        try? await Task.sleep(for: drain.delay)
        await group.triggerGracefulShutdown()
        // Cancelled when everything has ended.
        guard (try? await Task.sleep(for: drain.timeout)) != nil else { return }
        logger.warning(
            "Requests are still under way after PALANTIR_DRAIN_TIMEOUT; they are cut",
            metadata: ["timeout": "\(drain.timeout)"])
        await hub.audit?.flush()
        await hub.log?.close(within: Self.lastWords)
        exit(1)
    }

    /// - Returns: the settings that hold now.
    private func reload(_ current: Settings) async -> Settings {
        let new: Settings
        let certificate: ServerTLS?
        do {
            new = try await readSettings()
            certificate = try await ServerTLS.read(new.tls)
        } catch let error as SettingsError {
            logger.error(
                "The settings were not read again, since they are not right; the old ones hold",
                metadata: ["problems": "\(error.problems.joined(separator: " "))"])
            return current
        } catch {
            logger.error(
                "The settings could not be read again; the old ones hold", metadata: ["error": "\(error)"])
            return current
        }
        hub.reload(new, tls: certificate)
        tellOf(certificate)
        let reloadable = new.reloadable(since: settings)
        let changed = new.changes(from: current).map(\.name)
        logger.info(
            "The settings were read again",
            metadata: ["changed": "\(changed.filter(reloadable.contains).joined(separator: ", "))"])
        let waiting = new.changes(from: settings).map(\.name).filter { !reloadable.contains($0) }
        if !waiting.isEmpty {
            logger.warning(
                "Some changed settings take effect only at the next start",
                metadata: ["settings": "\(waiting.joined(separator: ", "))"])
        }
        return new
    }

    private func tellOf(_ certificate: ServerTLS?) {
        guard hub.tls != nil, let certificate else { return }
        logger.info("The certificate was read again", metadata: ["serial": "\(certificate.serialNumber)"])
        certificate.warn(logger)
    }
}
