import Palantir

/// A feature store with a way to fill it beside the store itself, as another program would.
package protocol FeatureStoreFixture: Sendable {
    var store: any InspectableFeatureStore { get }

    /// Runs statements that make, fill or alter tables.
    func execute(_ sql: String) async throws

    /// A text type whose comparison ignores case, as most tables in the world have it.
    var caseInsensitiveText: String { get }

    /// A name in this database's quotes.
    func quoted(_ name: String) -> String
}

extension FeatureStoreFixture {
    /// Looks up some ids and gives each row's JSON text.
    package func rows(
        _ ids: [String], in table: String, key: String = "id", timestamp: String? = nil,
        by deadline: Deadline = .after(.seconds(20))
    ) async throws -> [String?] {
        let table = try FeatureTable(table: table, key: key, timestamp: timestamp)
        return try await store.features(of: ids.compactMap(EntityID.init), in: table, by: deadline)
            .map { outcome in
                if case .failure(let error) = outcome, error.code == .entityNotFound { return nil }
                return try outcome.get().object.text
            }
    }

    /// The error that a look-up ends with; nil if it ends well.
    package func failure(
        _ ids: [String], in table: String, key: String = "id", timestamp: String? = nil,
        by deadline: Deadline = .after(.seconds(20))
    ) async throws -> PalantirError? {
        do {
            _ = try await rows(ids, in: table, key: key, timestamp: timestamp, by: deadline)
            return nil
        } catch let error as PalantirError {
            return error
        }
    }
}

extension FeatureTable {
    /// A table as a model's tags would name it.
    package init(table: String, key: String = "id", timestamp: String? = nil) throws {
        var tags = ["feature_store": table, "entity_key": key, "uri": "http://127.0.0.1:9/predict"]
        tags["feature_timestamp"] = timestamp
        self = try ServingSpec(model: RegisteredModel(name: "test", tags: tags), version: nil).featureTable
    }
}
