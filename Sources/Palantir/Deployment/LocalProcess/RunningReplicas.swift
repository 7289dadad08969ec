import Synchronization

/// Which run each replica belongs to, and which environment's fork server it came from.
final class RunningReplicas: Sendable {
    struct Replica: Sendable {
        let run: DeploymentRun
        let environment: PythonEnvironment
        let server: ForkServer
        /// Nil until it answers.
        var address: DeployedAddress?
    }

    private let replicas = Mutex<[String: Replica]>([:])

    func add(_ replica: Replica, named name: String) {
        replicas.withLock { $0[name] = replica }
    }

    func answers(_ name: String, at address: DeployedAddress) {
        replicas.withLock { $0[name]?.address = address }
    }

    var all: [String: Replica] { replicas.withLock { $0 } }

    subscript(_ name: String) -> Replica? {
        replicas.withLock { $0[name] }
    }

    /// - Returns: the replica, to one caller alone.
    func remove(_ name: String) -> Replica? {
        replicas.withLock { $0.removeValue(forKey: name) }
    }
}
