/// The runs that the controller has begun and not ended, by application. Several runs of a model are one application to
/// Ray: the newest says what is declared, and an older one comes back if that one does not make it.
struct RayRuns: Sendable {
    private var runs: [String: [DeploymentRun]] = [:]

    mutating func add(_ run: DeploymentRun) {
        runs[RayApplicationConfig.name(of: run.deployable.model), default: []].append(run)
    }

    mutating func remove(_ run: DeploymentRun) {
        let name = RayApplicationConfig.name(of: run.deployable.model)
        runs[name]?.removeAll { $0.number == run.number }
        if runs[name]?.isEmpty == true { runs[name] = nil }
    }

    /// Its tags have changed.
    mutating func update(_ run: DeploymentRun) {
        let name = RayApplicationConfig.name(of: run.deployable.model)
        guard let index = runs[name]?.firstIndex(where: { $0.number == run.number }) else { return }
        runs[name]?[index] = run
    }

    func newest(of application: String) -> DeploymentRun? { runs[application]?.last }

    var applications: [String] { runs.keys.sorted() }
}
