import Logging
import Palantir
import ServiceLifecycle

/// The domain, assembled: what the routes answer from.
package struct Hub: Sendable {
    package let registry: RegistryMirror
    package let features: any FeatureStore
    package let predictor: Predictor
    package let probe: FeatureStoreProbe
    package let metrics: HubMetrics
    /// Models that the hub runs itself; nil if it runs none.
    package let deployments: DeploymentController?
    /// What Ray fetches from the hub; nil if the hub uses none.
    package let rayFiles: RayServeFiles?
    package let limits: RequestLimits
    package let logger: Logger
    let requestIDs = RequestIDs()
    let date = HTTPDate()

    package init(
        registry: RegistryMirror, features: any FeatureStore, models: any ModelInvoking,
        deployments: DeploymentController? = nil, rayFiles: RayServeFiles? = nil, limits: RequestLimits, logger: Logger
    ) {
        self.rayFiles = rayFiles
        self.deployments = deployments
        let deployed = deployments?.endpoints ?? DeployedEndpoints()
        self.registry = registry
        self.features = features
        self.limits = limits
        self.logger = logger
        predictor = Predictor(
            registry: registry, features: features, models: DeployedModelInvoker(models, deployed: deployed),
            deployed: deployed)
        probe = FeatureStoreProbe(store: features, logger: logger)
        metrics = HubMetrics()
    }

    /// What runs beside the server, dependencies first.
    package var services: [any Service] {
        let deployment: [any Service] = deployments.map { [$0] } ?? []
        return deployment + [registry, probe]
    }
}

/// What a request may be and take.
package struct RequestLimits: Sendable {
    package let timeout: Duration
    package let readTimeout: Duration
    package let maxBodyBytes: Int
    package let maxInFlight: Int
    package let hosts: HostNames

    package init(
        timeout: Duration = .seconds(5), readTimeout: Duration = .seconds(10), maxBodyBytes: Int = 1 << 20,
        maxInFlight: Int = 1_024, hosts: [String]? = nil
    ) {
        self.timeout = timeout
        self.readTimeout = readTimeout
        self.maxBodyBytes = maxBodyBytes
        self.maxInFlight = maxInFlight
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
            timeout: settings.requestTimeout, readTimeout: settings.readTimeout,
            maxBodyBytes: settings.maxBodyBytes, maxInFlight: settings.maxInFlight,
            hosts: settings.hosts ?? (Settings.isLoopback(settings.host) ? loopback : nil))
    }
}
