import Foundation

extension DeploymentController {
    /// How often what no model needs is looked for on disk.
    private static let interval = Duration.seconds(3_600)

    /// Has the target remove what no model needs any more; returns when its task is cancelled.
    func keepOnlyWhatIsNeeded() async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            // Of a registry that never answered, and that left no copy, nobody knows what it wants.
            guard registry.status.age != nil else { continue }
            await target.keepOnly(registry.models.compactMap(\.deployable) + knownVersions, at: Date())
        }
    }
}
