import Synchronization

/// The fork server's replicas: which run each belongs to, and where it answers once it does.
final class RunningReplicas: Sendable {
    struct Replica: Sendable {
        let run: DeploymentRun
        var address: DeployedAddress?
    }

    private let replicas = Mutex<[String: Replica]>([:])

    func add(_ run: DeploymentRun, named name: String) {
        replicas.withLock { $0[name] = Replica(run: run) }
    }

    func answers(_ name: String, at address: DeployedAddress) {
        replicas.withLock { $0[name]?.address = address }
    }

    @discardableResult
    func remove(_ name: String) -> DeploymentRun? {
        replicas.withLock { $0.removeValue(forKey: name)?.run }
    }

    var all: [String: Replica] { replicas.withLock { $0 } }
}
