/// What is checked. `docs/doctor.md` lists each with what it means and what mends it; a test compares the two.
package enum Check: String, CaseIterable, Sendable {
    case settings
    case registry
    case clock
    case featureStore = "feature_store"
    case featureStoreVersion = "feature_store_version"
    case featureStoreTLS = "feature_store_tls"
    case featureStoreRights = "feature_store_rights"
    case version
    case tags
    case uri
    case endpoint
    case call
    case deployment
    case featureTable = "feature_table"
    case entityKey = "entity_key"
    case featureTimestamp = "feature_timestamp"
    case keyIndex = "key_index"
    case keyUnique = "key_unique"
    case newestRow = "newest_row"
    case signature
    case columns
    case columnTypes = "column_types"
    case columnNulls = "column_nulls"
    case extraColumns = "extra_columns"
    /// The diagnosis itself did not come to its end.
    case diagnosis
}
