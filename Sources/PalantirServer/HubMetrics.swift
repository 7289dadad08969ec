import Metrics
import NIOCore
import Palantir
import Synchronization

/// What the hub counts. Handles of the hot path are made once.
package struct HubMetrics: Sendable {
    let registry: PrometheusRegistry
    /// Made when a route first answers with a status: making one builds its labels' text.
    private let answers = AnswerMetrics()
    private let steps: [(step: PalantirError.Step, timer: Timer)]
    /// All there from the start, so that a first error is a step and not a new series.
    private let failures: [PalantirError.Code: Counter]
    private let entities: Counter
    private let inFlight: Meter

    init() {
        let registry = PrometheusRegistry()
        self.registry = registry
        steps = PalantirError.Step.allCases.map { step in
            (step, Timer(label: MetricNames.stepDuration, dimensions: [("step", step.rawValue)], factory: registry))
        }
        failures = Dictionary(
            uniqueKeysWithValues: PalantirError.Code.allCases.map { code in
                (code, Counter(label: MetricNames.errors, dimensions: [("code", code.rawValue)], factory: registry))
            })
        entities = Counter(label: MetricNames.entities, dimensions: [], factory: registry)
        inFlight = Meter(label: MetricNames.inFlight, dimensions: [], factory: registry)
    }

    func answered(route: String, status: Int, after duration: Duration) {
        let (counter, timer) = answers.metrics(route: route, status: status, in: registry)
        counter.increment()
        timer.recordNanoseconds(Int64(duration / .nanoseconds(1)))
    }

    func failed(_ code: PalantirError.Code) {
        failures[code]?.increment()
    }

    func predicted(entities count: Int, _ timeline: Timeline) {
        entities.increment(by: count)
        for (step, timer) in steps {
            if let nanoseconds = timeline.nanoseconds(of: step) { timer.recordNanoseconds(nanoseconds) }
        }
    }

    func admitted(inFlight count: Int) {
        inFlight.set(Int64(count))
    }

    /// All metrics as text; what is a state rather than a count is read now.
    func text(of hub: Hub) -> ByteBuffer {
        func set(_ name: String, _ value: Double, _ dimensions: [(String, String)] = []) {
            Meter(label: name, dimensions: dimensions, factory: registry).set(value)
        }
        let mirror = hub.registry.status
        set(MetricNames.registryAge, mirror.age.map { $0 / .seconds(1) } ?? -1)
        set(MetricNames.registryModels, Double(mirror.models))
        set(MetricNames.registryReachable, mirror.lastError == nil && mirror.age != nil ? 1 : 0)
        if case .reachable = hub.probe.current {
            set(MetricNames.storeReachable, 1)
        } else {
            set(MetricNames.storeReachable, 0)
        }
        let use = hub.features.connections
        set(MetricNames.storeConnections, Double(use.busy), [("state", "busy")])
        set(MetricNames.storeConnections, Double(use.open - use.busy), [("state", "idle")])
        set(MetricNames.storeConnectionLimit, Double(use.limit))
        if let replicas = hub.endpoints?.replicas {
            set(MetricNames.modelRetries, Double(replicas.retries))
            set(MetricNames.replicaEjections, Double(replicas.ejections))
            set(MetricNames.replicasEjected, Double(replicas.ejected))
        }
        if let audit = hub.audit { set(MetricNames.auditDropped, Double(audit.lostEntries)) }
        if let deployments = hub.deployments?.deployments {
            for state in Deployment.State.allCases {
                let count = deployments.count { $0.state == state }
                set(MetricNames.deployments, Double(count), [("state", state.rawValue)])
            }
            set(MetricNames.deploymentRestarts, Double(deployments.reduce(0) { $0 + $1.restarts }))
        }
        var buffer = ByteBuffer()
        registry.write(to: &buffer)
        return buffer
    }
}

/// The counter and timer of each route and status that was answered.
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
