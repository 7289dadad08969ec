/// What a feature store tells of itself and of a table, for a diagnosis: catalogs, and a bounded number of rows. Nothing
/// here is on a request's way. `FeatureStoreCheck` in `PalantirTesting` holds its promises too.
package protocol FeatureStoreInspecting: Sendable {
    /// The server, how it is reached, and what its user may do.
    ///
    /// - Throws: `FEATURE_STORE_UNAVAILABLE`, `DEADLINE_EXCEEDED`.
    func inspect(by deadline: Deadline) async throws(PalantirError) -> StoreInspection

    /// What there is of a table, whatever is wrong with it.
    ///
    /// - Throws: `FEATURE_STORE_UNAVAILABLE`, `DEADLINE_EXCEEDED`.
    func inspect(_ table: FeatureTable, by deadline: Deadline) async throws(PalantirError) -> TableInspection
}

/// A feature store that serves, as it can be diagnosed.
package typealias InspectableFeatureStore = FeatureStore & FeatureStoreInspecting
