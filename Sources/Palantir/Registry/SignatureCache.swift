import Synchronization

/// The signatures of served versions. A version's signature never changes, so each is fetched once.
package final class SignatureCache: Sendable {
    /// A version of a model; its source tells it from one of a deleted model of the same name.
    struct Key: Hashable, Codable {
        let model: String
        let version: Int
        let source: String
    }

    /// As it stands in the snapshot; `signature` is nil for a model that was logged without one.
    package struct Entry: Hashable, Codable, Sendable {
        let key: Key
        let signature: ModelSignature?
    }

    private let entries = Mutex<[Key: ModelSignature?]>([:])
    /// How many are fetched after one refresh, so that a large registry is not asked for all at once.
    private static let perRefresh = 20

    package func signature(of version: ModelVersion, of model: String) -> ModelSignature? {
        entries.withLock { $0[Self.key(version, model)].flatMap(\.self) }
    }

    var contents: [Entry] {
        entries.withLock { $0.map { Entry(key: $0.key, signature: $0.value) } }
    }

    func restore(_ contents: [Entry]) {
        entries.withLock { entries in
            for entry in contents { entries[entry.key] = .some(entry.signature) }
        }
    }

    /// Fetches some of those that are missing and drops those of versions that are gone.
    ///
    /// - Returns: whether anything was added.
    func fill(for models: [MirroredModel], from registry: any ModelRegistry) async -> Bool {
        var wanted: [Key: ModelVersion] = [:]
        for mirrored in models {
            guard let version = mirrored.model.servedVersion else { continue }
            wanted[Self.key(version, mirrored.model.name)] = version
        }
        let missing = entries.withLock { entries in
            entries = entries.filter { wanted[$0.key] != nil }
            return wanted.filter { entries[$0.key] == nil }
        }
        var added = false
        for (key, version) in missing.prefix(Self.perRefresh) {
            do {
                let signature = try await registry.signature(of: version, of: key.model, by: .after(.seconds(2)))
                entries.withLock { $0[key] = .some(signature) }
                added = true
            } catch {
                // An artifact store that fails is asked again after the next refresh: signatures are for people.
                return added
            }
        }
        return added
    }

    private static func key(_ version: ModelVersion, _ model: String) -> Key {
        Key(model: model, version: version.number, source: version.source)
    }
}
