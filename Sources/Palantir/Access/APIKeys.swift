import Crypto
import Foundation

/// The keys that are in force, found by their secret's digest.
package struct APIKeys: Sendable {
    private struct Entry: Sendable {
        let key: APIKey
        let principal: Principal
    }

    /// By digest. Where a digest stands in a table tells nothing of a secret, of which it is no way back; that it is the
    /// right one is compared in constant time.
    private let entries: [[UInt8]: Entry]

    package static let empty = APIKeys([], defaults: .unlimited)

    /// - Parameters:
    ///   - keys: those of the file.
    ///   - defaults: the rates of keys that have none of their own.
    ///   - previous: whose callers go on with what they have used of their rates.
    package init(_ keys: [APIKey], defaults: CallerRate, continuing previous: APIKeys? = nil) {
        entries = Dictionary(
            uniqueKeysWithValues: keys.map { key in
                let rate = CallerRate(
                    requests: key.requestsPerSecond ?? defaults.requests,
                    entities: key.entitiesPerSecond ?? defaults.entities)
                let old = previous?.entries[key.digest]?.principal.quota
                let quota = old?.rate == rate ? old : CallerQuota(rate)
                return (
                    key.digest,
                    Entry(
                        key: key,
                        principal: Principal(
                            name: "key:\(key.name)", scopes: key.scopes, models: key.models, quota: quota))
                )
            })
    }

    package var count: Int { entries.count }

    /// - Throws: `UNAUTHENTICATED`: in the same words whether there never was such a key, or it was revoked.
    package func principal(_ secret: String) throws(PalantirError) -> Principal {
        let digest = APIKeySecret.digest(of: secret)
        guard let entry = entries[Array(digest)], digest == entry.key.digest else {
            throw .unauthenticated("The API key is not known here, or was revoked.")
        }
        guard !entry.key.hasExpired(at: Date()) else {
            throw .unauthenticated("The API key has expired; ask who runs the hub for another.")
        }
        return entry.principal
    }
}
