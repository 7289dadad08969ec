import Foundation

/// What becomes of a folder that is kept for models, as a pure value.
///
/// The time counts from when the hub itself first saw that nothing needs the folder: a hub that was down for long, or
/// that MLflow suddenly tells of no models, has removed nothing before a day of its own looking has passed.
enum FolderRetention: Hashable, Sendable {
    case keep
    /// It was of no use for a while, and is needed again.
    case forgetUnneeded
    /// Nothing needs it, as is seen for the first time.
    case noteUnneeded
    case remove

    /// A change of versions is taken back within hours, from disk. Later than that a download costs seconds, and MLflow
    /// is there to download from, since it was asked to take the change back.
    static let age: TimeInterval = 24 * 3_600

    /// - Parameter unneededSince: nil if it was needed when it was last looked at.
    init(isNeeded: Bool, unneededSince: Date?, at now: Date) {
        switch (isNeeded, unneededSince) {
        case (true, nil): self = .keep
        case (true, .some): self = .forgetUnneeded
        case (false, nil): self = .noteUnneeded
        case (false, .some(let since)): self = now.timeIntervalSince(since) >= Self.age ? .remove : .keep
        }
    }
}
