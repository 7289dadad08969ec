import Synchronization

extension RayServeTarget {
    /// Ray does not wait for calls for longer when it ends a replica, and then kills it.
    private static let removalTimeout = Duration.seconds(60)

    /// Ray does nothing with a declaration that it has already, and one that told restarts apart would be no function of
    /// the registry any more: hubs on one Ray would disagree. So the application leaves Ray before it is declared again,
    /// and nothing answers for the model meanwhile. Where something else is declared, there is no need to.
    ///
    /// - Throws: `MODEL_NOT_READY` with the reason.
    func removeIfUnchanged(_ run: DeploymentRun, _ application: String) async throws(PalantirError) {
        guard let found = try await dashboard.state().application(named: application), isDeclared(found, for: run)
        else { return }
        // Predictions wait for the new run from now on.
        for old in state.runs.withLock({ $0.leave(application) }) {
            exitsContinuation.yield((old, "it is started anew, as somebody asked"))
        }
        defer { state.runs.withLock { $0.comeBack(application) } }
        try await declarer.settle(application)
        let deadline = Deadline.after(Self.removalTimeout)
        while try await dashboard.state().application(named: application) != nil, !Task.isCancelled {
            guard !deadline.hasPassed else { throw .notStarted("Ray does not end it, so that it could start anew") }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
