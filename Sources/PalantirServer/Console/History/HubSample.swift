import Palantir

/// All that the hub's history is made of, as it stands at one moment: counts since the start, and states.
struct HubSample: Sendable {
    /// Of the routes of predictions.
    var latency: HistogramReading?
    /// By code.
    var errors: [String: Int] = [:]
    var entities = 0
    /// By step.
    var steps: [String: HistogramReading] = [:]
    /// Sizes of the calls that left, by batch.
    var batches: [String: HistogramReading] = [:]
    /// By name.
    var models: [ExactText: Model] = [:]
    var retries = 0
    var states = States()

    /// What one model's predictions came to.
    struct Model: Sendable {
        var latency: HistogramReading?
        /// Of its answers, by code; `OK` is one of them.
        var codes: [String: Int] = [:]
    }

    /// What goes up and down.
    struct States: Sendable {
        var inFlight = 0
        /// What waits to leave, by batch.
        var waiting: [String: Int] = [:]
        /// Of the feature store; nil until it was looked at.
        var connections: ConnectionUse?
        var suspendedReplicas = 0
        var mirrorAge: Duration?
        var isRegistryReachable = false
        var isStoreReachable = false
    }

    init() {}

    /// Each second, whether or not somebody looks: so nothing of it is written as text.
    init(of hub: Hub) {
        for series in hub.metrics.readings(of: Self.names) { add(series) }
        for model in hub.registry.models {
            if let reading = model.metrics.reading { add(reading, of: model.model.name) }
        }
        add(hub.features.batches, of: .lookUp)
        if let endpoints = hub.endpoints { add(endpoints.batches, of: .invocation) }
        states.connections = hub.features.connections
        if let replicas = hub.endpoints?.replicas {
            retries = replicas.retries
            states.suspendedReplicas = replicas.ejected
        }
        let mirror = hub.registry.status
        states.mirrorAge = mirror.age
        states.isRegistryReachable = mirror.lastError == nil && mirror.age != nil
        if case .reachable = hub.probe.current { states.isStoreReachable = true }
    }

    private static let predictions = Set(PredictionRoute.allCases.map(\.rawValue))
    private static let names: Set = [
        MetricNames.requestDuration, MetricNames.errors, MetricNames.entities, MetricNames.inFlight,
    ]

    private mutating func add(_ series: MetricSeries) {
        let labels = series.labels
        switch (series.name, series.reading) {
        case (MetricNames.requestDuration, .histogram(let reading)):
            guard let route = labels["route"], Self.predictions.contains(route) else { return }
            latency.add(reading)
        case (MetricNames.errors, .value(let count)): errors[labels["code", default: ""], default: 0] += Int(count)
        case (MetricNames.entities, .value(let count)): entities += Int(count)
        case (MetricNames.inFlight, .value(let count)): states.inFlight = Int(count)
        default: break
        }
    }

    private mutating func add(_ reading: ModelMetrics.Reading, of model: String) {
        models[ExactText(model)] = Model(latency: reading.duration, codes: reading.codes)
        for (step, reading) in reading.steps { steps[step.rawValue].add(reading) }
    }

    private mutating func add(_ metrics: BatchMetrics, of batch: BatchKind) {
        let reading = metrics.reading
        batches[batch.rawValue] = reading.entities
        states.waiting[batch.rawValue] = reading.waiting
    }
}

extension HistogramReading? {
    /// Takes in what another has counted.
    mutating func add(_ other: HistogramReading) {
        if self == nil { self = other } else { self?.add(other) }
    }
}
