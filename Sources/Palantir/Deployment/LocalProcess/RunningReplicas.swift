import Synchronization

/// Which run each replica of the fork server belongs to.
final class RunningReplicas: Sendable {
    private let runs = Mutex<[String: DeploymentRun]>([:])

    func add(_ run: DeploymentRun, named name: String) {
        runs.withLock { $0[name] = run }
    }

    @discardableResult
    func remove(_ name: String) -> DeploymentRun? {
        runs.withLock { $0.removeValue(forKey: name) }
    }
}
