/// The runs that the controller has begun and not ended, by application. Several runs of a model are one application to
/// Ray: the newest says what is declared, and an older one comes back if that one does not make it.
struct RayRuns: Sendable {
    private var runs: [String: [DeploymentRun]] = [:]
    /// Applications that are removed so that they start anew, whatever runs.
    private var leaving: Set<String> = []

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

    /// The newest run is to start its application anew.
    ///
    /// - Returns: the older runs, which end with it.
    mutating func leave(_ application: String) -> [DeploymentRun] {
        leaving.insert(application)
        let all = runs[application] ?? []
        runs[application] = all.suffix(1)
        return all.dropLast()
    }

    mutating func comeBack(_ application: String) {
        leaving.remove(application)
    }

    /// The run that says what is declared of an application; nil if it is not to be there.
    func declared(_ application: String) -> DeploymentRun? {
        leaving.contains(application) ? nil : newest(of: application)
    }

    func newest(of application: String) -> DeploymentRun? { runs[application]?.last }

    var applications: [String] { runs.keys.sorted() }
}
