import Foundation

/// The user that replicas run as, where it is not the hub's own.
package struct ReplicaUser: Hashable, Sendable, Encodable {
    package let uid: UInt32
    package let gid: UInt32

    /// - Parameter name: as the operator set it; nil for `nobody` if the hub is root, since model code is not to be.
    /// - Returns: nil for the hub's own user.
    /// - Throws: `MODEL_NOT_READY` for a user that does not exist, or that the hub cannot become.
    package init?(named name: String?) throws(PalantirError) {
        guard name != nil || geteuid() == 0 else { return nil }
        let name = name ?? "nobody"
        guard let entry = getpwnam(name) else {
            throw PalantirError(.modelNotReady, "PALANTIR_AUTODEPLOY_USER is \(name.debugDescription): no such user.")
        }
        guard entry.pointee.pw_uid != geteuid() else { return nil }
        guard geteuid() == 0 else {
            throw PalantirError(
                .modelNotReady,
                "PALANTIR_AUTODEPLOY_USER is \(name.debugDescription): only root can become another user.")
        }
        uid = entry.pointee.pw_uid
        gid = entry.pointee.pw_gid
    }
}
