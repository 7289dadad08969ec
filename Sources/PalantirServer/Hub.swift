import Logging
import Palantir
import ServiceLifecycle

/// The domain, assembled: what the routes answer from.
package struct Hub: Sendable {
    package let registry: RegistryMirror
    package let features: any FeatureStore
    package let predictor: Predictor
    package let probe: FeatureStoreProbe
    package let diagnosis: DiagnosisRounds
    private let doctor: Doctor
    package let metrics: HubMetrics
    /// The last ten minutes, for the console.
    package let history = HubHistory()
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
    /// What the logger writes to; nil where tests have another.
    package let log: LogOutput?
    /// Nil: nothing is traced.
    package let tracer: Tracer?
    /// Where models may be, as the hub's own port is known and the settings are read again.
    private let hosts: Reloadable<ModelHostRules>
    package let drain = Drain()
    package let logger: Logger
    let requestIDs = RequestIDs()
    let date = HTTPDate()

    package init(
        registry: RegistryMirror, features: any FeatureStore, models: any ModelInvoking, doctor: Doctor,
        endpoints: HTTPModelInvoker? = nil,
        deployments: DeploymentController? = nil, rayFiles: RayServeFiles? = nil,
        authentication: CallerAuthentication? = nil, webhook: MLflowWebhook? = nil, limits: RequestLimits,
        hosts: ModelHostRules = ModelHostRules(), tls: ServerTLS? = nil, audit: AuditLog? = nil,
        log: LogOutput? = nil, tracer: Tracer? = nil, logger: Logger
    ) {
        self.authentication = authentication ?? .open(logger: logger)
        self.hosts = Reloadable(hosts)
        self.rayFiles = rayFiles
        self.audit = audit
        self.log = log
        self.tracer = tracer
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
        self.doctor = doctor
        diagnosis = DiagnosisRounds(Self.look(doctor, registry, deployments))
        metrics = HubMetrics()
    }

    /// Takes over the limits of other settings, for requests that come from now on, and another certificate for new
    /// connections.
    package func reload(_ settings: Settings, tls certificate: ServerTLS?) {
        if let certificate { tls?.replace(with: certificate) }
        limits.replace(with: RequestLimits(settings))
        authentication.reload(settings.access)
        let rules = hosts.update { $0 = $0.allowing(settings.egress.modelHosts) }
        // Calls first: a tag that is judged by new rules is not called by old ones.
        endpoints?.reload(settings.model, rules)
        registry.apply(rules)
        doctor.reload(settings.diagnosisCriteria)
        doctor.apply(rules)
    }

    /// The port is chosen by the system where the settings leave it open; no tag may name it.
    func noteListening(on port: Int) {
        let rules = hosts.update { $0 = $0.closing(host: "127.0.0.1", port: port) }
        endpoints?.apply(rules)
        registry.apply(rules)
        doctor.apply(rules)
    }

    /// What runs beside the server, dependencies first.
    package var services: [any Service] {
        let deployment: [any Service] = deployments.map { [$0] } ?? []
        // First, so that they end last: requests that are under way then are written too.
        let audits: [any Service] = audit.map { [$0] } ?? []
        let traces: [any Service] = tracer.map { [$0] } ?? []
        return audits + traces + deployment
            + [authentication, registry, probe, diagnosis, HubHistoryService(hub: self), MemoryReturn()]
    }
}
