import Foundation

/// Where deployments run. Its conformance suite is `DeploymentTargetCheck` in `PalantirTesting`; a new target is a new
/// folder that passes it.
package protocol DeploymentTarget: Sendable {
    /// As settings, metrics and people call it.
    var name: String { get }

    /// Gets ready what a start needs, such as artifacts and a Python environment. What is there already is kept, so it
    /// may be called again.
    ///
    /// - Throws: `MODEL_NOT_READY` with the reason.
    func prepare(_ deployable: DeployableVersion) async throws(PalantirError)

    /// Starts a run and returns once it answers. A run that cannot be started leaves nothing behind.
    ///
    /// - Throws: `MODEL_NOT_READY` with the reason.
    func start(_ run: DeploymentRun) async throws(PalantirError) -> DeployedAddress

    /// The tags of a run that serves may have changed: what the target makes of them is in force from now on.
    func adapt(_ run: DeploymentRun) async

    /// Ends a run, and returns when it is gone: it answers what it has begun, for as long as its grace allows. A run
    /// that is not there counts as ended.
    func stop(_ run: DeploymentRun) async

    /// These versions are wanted, or run. What was kept on disk for others is removed once nothing has needed it for a
    /// while, and never what a run uses; what cannot be removed is logged, and stays.
    func keepOnly(_ needed: [DeployableVersion], at now: Date) async

    /// Runs that ended without having been told to, with the reason.
    var exits: AsyncStream<(run: DeploymentRun, reason: String)> { get }

    /// What the model's process wrote last, newest at the end; empty if there is nothing.
    func log(of model: String, lines: Int) async -> [String]

    /// What the target does beside; returns when its task is cancelled. Runs that nobody else could use have ended then.
    func run() async
}

extension DeploymentTarget {
    /// For targets that make nothing of tags.
    package func adapt(_ run: DeploymentRun) async {}

    /// For targets that keep nothing, or all.
    package func keepOnly(_ needed: [DeployableVersion], at now: Date) async {}
}
