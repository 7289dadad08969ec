import Palantir

/// What a request may be and take.
package struct RequestLimits: Sendable {
    package let timeout: Duration
    package let readTimeout: Duration
    package let writeTimeout: Duration
    package let maxBodyBytes: Int
    package let maxInFlight: Int
    package let maxConnections: Int
    package let hosts: HostNames

    package init(
        timeout: Duration = .seconds(5), readTimeout: Duration = .seconds(10), writeTimeout: Duration = .seconds(10),
        maxBodyBytes: Int = 1 << 20, maxInFlight: Int = 1_024, maxConnections: Int = 10_000, hosts: [String]? = nil
    ) {
        self.timeout = timeout
        self.readTimeout = readTimeout
        self.writeTimeout = writeTimeout
        self.maxBodyBytes = maxBodyBytes
        self.maxInFlight = maxInFlight
        self.maxConnections = maxConnections
        self.hosts = HostNames(hosts)
    }

    /// A request's deadline: the hub's own, or an earlier one by `x-request-timeout-ms`.
    func deadline(_ header: String?) throws(PalantirError) -> Deadline {
        guard let header else { return .after(timeout) }
        guard let milliseconds = Int(header), (1...86_400_000).contains(milliseconds) else {
            throw .invalid("The header x-request-timeout-ms must be a number of milliseconds from 1 to 86400000.")
        }
        return .after(min(timeout, .milliseconds(milliseconds)))
    }

    package init(_ settings: Settings) {
        // On loopback a browser's page could reach us under a name that its author made point here; elsewhere names
        // are the operator's business.
        let loopback = ["localhost", "127.0.0.1", "[::1]", settings.host]
        self.init(
            timeout: settings.requestTimeout, readTimeout: settings.readTimeout, writeTimeout: settings.writeTimeout,
            maxBodyBytes: settings.maxBodyBytes, maxInFlight: settings.maxInFlight,
            maxConnections: OpenFileLimit.connections(of: OpenFileLimit.raise(), wanted: settings.maxConnections),
            hosts: settings.hosts ?? (Settings.isLoopback(settings.host) ? loopback : nil))
    }
}
