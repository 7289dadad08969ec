/// What the server takes from its clients, and how it ends.
extension Setting where Value == Int {
    package static let maxConnections = integer(
        // Ten for each request that may be worked on at once; each takes about ten kilobytes.
        "PALANTIR_MAX_CONNECTIONS", flag: "max-connections", default: 10_000, in: 1...1_000_000,
        summary: "Open connections; beyond it the one that was idle for longest is closed, or else the new one.")
}

extension Setting where Value == Duration {
    package static let writeTimeout = milliseconds(
        "PALANTIR_WRITE_TIMEOUT_MS", flag: "write-timeout-ms", default: 10_000, in: 100...600_000,
        summary: "The time in which a client must take something of an answer that waits for it; else it is cut.")
    package static let drainDelay = duration(
        // Zero suits a process that is asked directly; behind a load balancer it is the time that one takes to notice.
        "PALANTIR_DRAIN_DELAY", flag: "drain-delay", default: "0s", longest: .seconds(600),
        summary: "How long the hub serves on after SIGTERM, not ready already, so that load balancers can notice.")
    package static let drainTimeout = duration(
        // Twice a request's default deadline.
        "PALANTIR_DRAIN_TIMEOUT", flag: "drain-timeout", default: "10s", longest: .seconds(3_600),
        summary: "How long requests that are under way may take after that; what is not done then is cut.")

    private static func duration(
        _ name: String, flag: String, default fallback: String, longest: Duration, summary: String
    ) -> Setting<Duration> {
        Setting(
            name, flag: flag, type: "duration", default: fallback,
            range: "such as 500ms, 2s or 1m30s, up to \(longest.components.seconds)s", summary: summary
        ) { text in
            Duration(text: text).flatMap { $0 <= longest ? $0 : nil }
        }
    }
}

/// How the hub ends.
package struct DrainSettings: Hashable, Sendable {
    package let delay: Duration
    package let timeout: Duration
}

extension Settings {
    /// The knobs that are read again on SIGHUP; all others take effect at the next start.
    package static let reloadable: [SettingDescription] = [
        Setting<Duration>.requestTimeout.description, Setting<Duration>.readTimeout.description,
        Setting<Duration>.writeTimeout.description, Setting<Int>.maxBodyBytes.description,
        Setting<Int>.maxInFlight.description, Setting<Int>.maxConnections.description,
        Setting<[String]>.hosts.description, Setting<Int>.maxBatchSize.description,
        Setting<Int>.maxConcurrency.description, Setting<Int>.maxAnswerBytes.description,
        Setting<Duration>.drainDelay.description, Setting<Duration>.drainTimeout.description,
        Setting<Int>.rateRequests.description, Setting<Int>.rateEntities.description,
        Setting<ModelHosts>.modelHosts.description, Setting<Int>.featureMaximumAge.description,
    ]

    /// The same, seen from the settings that the hub was started with: another certificate is taken over, but not from
    /// http to https or back.
    package func reloadable(since first: Settings) -> Set<String> {
        Set((Self.reloadable + ((tls == nil) == (first.tls == nil) ? TLSFiles.settings : [])).map(\.name))
    }

    /// What was set otherwise than in other settings, in the catalog's order.
    package func changes(from other: Settings) -> [SettingDescription] {
        Self.catalog.filter { given[$0.name] != other.given[$0.name] }
    }
}
