/// Where entities' features are kept. Its conformance suite is `FeatureStoreCheck` in `PalantirTesting`; a new store is
/// a new folder that passes it.
package protocol FeatureStore: Sendable {
    /// The rows of some entities, in the order of `ids`.
    ///
    /// Ids compare byte for byte whatever the column's collation, and numeric keys match canonical decimal text only.
    ///
    /// - Parameters:
    ///   - ids: the entities, each once.
    ///   - table: where their rows are.
    ///   - deadline: the request's.
    ///   - stage: what they are asked for, in a request's trace.
    /// - Returns: for each id its row, or what concerns this entity alone: `ENTITY_NOT_FOUND`, or
    ///   `MODEL_MISCONFIGURED` if it has several rows and no timestamp tells which.
    /// - Throws: `MODEL_MISCONFIGURED` if the table or a column does not exist or may not be used;
    ///   `FEATURE_STORE_UNAVAILABLE`; `DEADLINE_EXCEEDED`.
    func features(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline, for stage: TraceStage?
    ) async throws(PalantirError) -> [FeatureOutcome]

    /// The columns of a table, which may be some seconds old.
    ///
    /// - Throws: as `features`.
    func columns(of table: FeatureTable, by deadline: Deadline) async throws(PalantirError) -> [FeatureColumn]

    /// Some entities of a table, whichever are at hand: at most `LookUpStatement.shownEntities`, each once.
    ///
    /// - Throws: as `features`.
    func someEntities(in table: FeatureTable, by deadline: Deadline) async throws(PalantirError) -> [EntityID]

    /// Throws `FEATURE_STORE_UNAVAILABLE` unless the store answers now.
    func check(by deadline: Deadline) async throws(PalantirError)

    /// How many connections are open, and how many of them work.
    var connections: ConnectionUse { get }

    /// What look-ups wait for one another, and leave together.
    var batches: BatchMetrics { get }

    /// Closes every connection; nothing is looked up after.
    func shutdown() async
}

extension FeatureStore {
    /// Some entity of a table; nil if the table has none.
    ///
    /// - Throws: as `features`.
    package func anyEntity(in table: FeatureTable, by deadline: Deadline) async throws(PalantirError) -> EntityID? {
        try await someEntities(in: table, by: deadline).first
    }
}

extension [EntityID] {
    /// A table may hold several rows of an entity.
    var withoutRepeats: [EntityID] {
        var seen = Set<EntityID>()
        return filter { seen.insert($0).inserted }
    }
}

/// An entity's row, or why there is none.
package typealias FeatureOutcome = Result<FeatureRow, PalantirError>

/// A column of a feature table, as people are shown it.
package struct FeatureColumn: Hashable, Sendable {
    package let name: String
    /// In the database's own words.
    package let type: String
    package let isNullable: Bool

    package init(name: String, type: String, isNullable: Bool) {
        self.name = name
        self.type = type
        self.isNullable = isNullable
    }
}

package struct ConnectionUse: Hashable, Sendable {
    package let open: Int
    package let busy: Int
    package let limit: Int
}

extension FeatureStore {
    /// The same for what no request's trace tells of.
    package func features(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [FeatureOutcome] {
        try await features(of: ids, in: table, by: deadline, for: nil)
    }
}

extension PalantirError {
    static func featureStoreUnavailable(_ what: String, cause: String?) -> PalantirError {
        PalantirError(.featureStoreUnavailable, "The feature store is unavailable: \(what).", cause: cause)
    }

    static func table(_ table: FeatureTable, _ what: String) -> PalantirError {
        PalantirError(.modelMisconfigured, "The feature table \(table.name) \(what).")
    }

    static func ambiguous(_ table: FeatureTable) -> PalantirError {
        let remedy =
            table.timestamp.map {
                "make the column \($0), which its tag feature_timestamp names, differ between an entity's rows"
            }
            ?? "make the column \(table.entityKey) unique, or name the column that tells the newest row by the tag "
            + "feature_timestamp"
        return .table(table, "holds several rows for one entity; \(remedy)")
    }
}
