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
    package let limits: Reloadable<RequestLimits>
    /// Models that are asked over HTTP; nil where tests have others.
    package let endpoints: HTTPModelInvoker?
    package let authentication: CallerAuthentication
    /// Nil: MLflow's webhooks are not taken.
    let webhook: MLflowWebhook?
    /// Nil: plain HTTP. Connections from now on get what it holds then.
    package let tls: Reloadable<ServerTLS>?
    /// Nil: none is kept.
    package let audit: AuditLog?
    package let drain = Drain()
    package let logger: Logger
    let requestIDs = RequestIDs()
    let date = HTTPDate()

    package init(
        registry: RegistryMirror, features: any FeatureStore, models: any ModelInvoking,
        endpoints: HTTPModelInvoker? = nil,
        deployments: DeploymentController? = nil, rayFiles: RayServeFiles? = nil,
        authentication: CallerAuthentication? = nil, webhook: MLflowWebhook? = nil, limits: RequestLimits,
        tls: ServerTLS? = nil, audit: AuditLog? = nil, logger: Logger
    ) {
        self.authentication = authentication ?? .open(logger: logger)
        self.rayFiles = rayFiles
        self.audit = audit
        self.tls = tls.map { Reloadable($0) }
        self.deployments = deployments
        let deployed = deployments?.endpoints ?? DeployedEndpoints()
        self.webhook = webhook
        self.registry = registry
        self.features = features
        self.limits = Reloadable(limits)
        self.endpoints = endpoints
        self.logger = logger
        predictor = Predictor(
            registry: registry, features: features, models: DeployedModelInvoker(models, deployed: deployed),
            deployed: deployed)
        probe = FeatureStoreProbe(store: features, logger: logger)
        metrics = HubMetrics()
    }

    /// Takes over the limits of other settings, for requests that come from now on, and another certificate for new
    /// connections.
    package func reload(_ settings: Settings, tls certificate: ServerTLS?) {
        if let certificate { tls?.replace(with: certificate) }
        limits.replace(with: RequestLimits(settings))
        authentication.reload(settings.access)
        endpoints?.replaceLimits(with: settings.model)
    }

    /// What runs beside the server, dependencies first.
    package var services: [any Service] {
        let deployment: [any Service] = deployments.map { [$0] } ?? []
        // First, so that it ends last: requests that are under way then are written too.
        let audits: [any Service] = audit.map { [$0] } ?? []
        return audits + deployment + [authentication, registry, probe, MemoryReturn()]
    }
}
