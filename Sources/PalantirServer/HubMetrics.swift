import HTTPTypes
import Metrics
import NIOCore
import Palantir
import Synchronization

/// What the hub counts. Handles of the hot path are made once; what it counts of a model is in `ModelMetrics`.
package struct HubMetrics: Sendable {
    private let registry: PrometheusRegistry
    /// Made when a route first answers with a status: making one builds its labels' text.
    private let answers = AnswerMetrics()
    private let predict: PredictionRouteMetrics
    private let predictions: PredictionRouteMetrics
    /// All there from the start, so that a first error is a step and not a new series.
    private let failures: [PalantirError.Code: Counter]
    private let entities: Counter
    private let inFlight: Meter

    init() {
        let registry = PrometheusRegistry()
        self.registry = registry
        failures = Dictionary(
            uniqueKeysWithValues: PalantirError.Code.allCases.map { code in
                (code, Counter(label: MetricNames.errors, dimensions: [("code", code.rawValue)], factory: registry))
            })
        entities = Counter(label: MetricNames.entities, dimensions: [], factory: registry)
        inFlight = Meter(label: MetricNames.inFlight, dimensions: [], factory: registry)
        predict = PredictionRouteMetrics(.predict, registry)
        predictions = PredictionRouteMetrics(.predictions, registry)
    }

    func answered(route: String, status: Int, after duration: Duration) {
        let (counter, timer) = answers.metrics(route: route, status: status, in: registry)
        counter.increment()
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    func answered(_ route: PredictionRoute, status: Int, after duration: Duration) {
        switch route {
        case .predict: predict.answered(status, after: duration)
        case .predictions: predictions.answered(status, after: duration)
        }
    }

    func failed(_ code: PalantirError.Code) {
        failures[code]?.increment()
    }

    func predicted(entities count: Int) {
        entities.increment(by: count)
    }

    func admitted(inFlight count: Int) {
        inFlight.set(Int64(count))
    }

    /// All metrics as they stand; what is a state rather than a count is read now.
    func moment(of hub: Hub) -> PrometheusText {
        var text = registry.text
        text.set(MetricNames.buildInfo, 1, [("version", PalantirVersion.current)])
        let mirror = hub.registry.status
        text.set(MetricNames.registryAge, mirror.age.map { $0 / .seconds(1) } ?? -1)
        text.set(MetricNames.registryModels, Double(mirror.models))
        text.set(MetricNames.registryReachable, mirror.lastError == nil && mirror.age != nil ? 1 : 0)
        hub.writeFeatureStore(to: &text)
        hub.writeModels(to: &text)
        hub.writeDeployments(to: &text)
        if let audit = hub.audit { text.set(MetricNames.auditDropped, Double(audit.lostEntries)) }
        if let log = hub.log { text.count(MetricNames.logDropped, log.lostLines) }
        if let counts = hub.tracer?.counts {
            text.count(MetricNames.spansExported, counts.exported)
            text.count(MetricNames.spansDropped, counts.dropped)
        }
        return text
    }

    /// What it counts itself of some metrics, without what is a state and what is a model's.
    func readings(of names: Set<String>) -> [MetricSeries] {
        registry.text.readings(of: names)
    }

    /// All metrics in Prometheus' text format.
    func text(of hub: Hub) -> ByteBuffer {
        var buffer = ByteBuffer()
        moment(of: hub).write(to: &buffer)
        return buffer
    }
}

extension Hub {
    fileprivate func writeFeatureStore(to text: inout PrometheusText) {
        if case .reachable = probe.current {
            text.set(MetricNames.storeReachable, 1)
        } else {
            text.set(MetricNames.storeReachable, 0)
        }
        let use = features.connections
        text.set(MetricNames.storeConnections, Double(use.busy), [("state", "busy")])
        text.set(MetricNames.storeConnections, Double(use.open - use.busy), [("state", "idle")])
        text.set(MetricNames.storeConnectionLimit, Double(use.limit))
        features.batches.write(.lookUp, to: &text)
    }

    fileprivate func writeModels(to text: inout PrometheusText) {
        let models = registry.models
        for model in models { model.metrics.write(model.model.name, to: &text) }
        guard let endpoints else { return }
        endpoints.batches.write(.invocation, to: &text)
        let replicas = endpoints.replicas
        text.set(MetricNames.modelRetries, Double(replicas.retries))
        text.set(MetricNames.replicaEjections, Double(replicas.ejections))
        text.set(MetricNames.replicasEjected, Double(replicas.ejected))
        let suspensions = endpoints.suspensions
        for name in models.map(\.model.name) {
            guard let isSuspended = suspensions[ExactText(name)] else { continue }
            text.set(MetricNames.breakerOpen, isSuspended ? 1 : 0, [("model", name)])
        }
    }

    fileprivate func writeDeployments(to text: inout PrometheusText) {
        guard let deployments = deployments?.deployments else { return }
        for state in Deployment.State.allCases {
            let count = deployments.count { $0.state == state }
            text.set(MetricNames.deployments, Double(count), [("state", state.rawValue)])
            for deployment in deployments {
                text.set(
                    MetricNames.deploymentState, deployment.state == state ? 1 : 0,
                    [("model", deployment.model), ("state", state.rawValue)])
            }
        }
        text.set(MetricNames.deploymentRestarts, Double(deployments.reduce(0) { $0 + $1.restarts }))
    }
}

/// The counters and the timer of a route whose answers must not wait for one another.
private struct PredictionRouteMetrics: Sendable {
    private let timer: Timer
    private let counters: [Int: Counter]

    init(_ route: PredictionRoute, _ registry: PrometheusRegistry) {
        let label = ("route", route.rawValue)
        timer = Timer(label: MetricNames.requestDuration, dimensions: [label], factory: registry)
        let statuses = Set(PalantirError.Code.allCases.map { Int($0.status.code) } + [200])
        counters = Dictionary(
            uniqueKeysWithValues: statuses.map { status in
                let labels = [label, ("status", "\(status)")]
                return (status, Counter(label: MetricNames.requests, dimensions: labels, factory: registry))
            })
    }

    func answered(_ status: Int, after duration: Duration) {
        counters[status]?.increment()
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }
}

/// The counter and timer of each other route and status that was answered.
private final class AnswerMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private let known = Mutex<[Key: (Counter, Timer)]>([:])

    func metrics(route: String, status: Int, in registry: PrometheusRegistry) -> (Counter, Timer) {
        known.withLock { known in
            let key = Key(route: route, status: status)
            if let metrics = known[key] { return metrics }
            let counter = Counter(
                label: MetricNames.requests, dimensions: [("route", route), ("status", "\(status)")], factory: registry)
            let timer = Timer(label: MetricNames.requestDuration, dimensions: [("route", route)], factory: registry)
            known[key] = (counter, timer)
            return (counter, timer)
        }
    }
}
