import Foundation
import GRDB

/// Features in an SQLite file: the embedded default. It is opened read-only, so that whoever fills it keeps their
/// journal mode and locks.
package final class SQLiteFeatureStore: InspectableFeatureStore {
    private let pool: ConnectionPool<SQLiteConnection>
    private let lookUps: FeatureLookUps

    /// - Parameters:
    ///   - path: the database's file; it need not exist yet.
    ///   - policy: the tables that tags may name.
    ///   - connections: the most that are open at once.
    package init(path: String, policy: FeatureTablePolicy, connections: Int) {
        let pool = ConnectionPool(limit: connections) { () throws(PalantirError) in
            try SQLiteConnection(path: path, policy: policy)
        }
        self.pool = pool
        lookUps = FeatureLookUps(
            pool, read: { connection, ids, table throws(PalantirError) in try connection.features(of: ids, in: table) })
    }

    package func features(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline, for stage: TraceStage?
    ) async throws(PalantirError) -> [FeatureOutcome] {
        await lookUps.outcomes(of: ids, in: table, by: deadline, for: stage)
    }

    package func columns(
        of table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [FeatureColumn] {
        try await pool.run(by: deadline) { connection throws(PalantirError) in
            try connection.schema(of: table).columns
        }
    }

    package func someEntities(
        in table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [EntityID] {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.someEntities(in: table) }
    }

    package func check(by deadline: Deadline) async throws(PalantirError) {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.check() }
    }

    package func inspect(by deadline: Deadline) async throws(PalantirError) -> StoreInspection {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.inspect() }
    }

    package func inspect(
        _ table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> TableInspection {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.inspect(table) }
    }

    package var connections: ConnectionUse { pool.use }

    package var batches: BatchMetrics { lookUps.batches }

    package func shutdown() async {
        await pool.shutdown()
    }

    /// Makes the embedded store's file where none is, so that a first start needs no step before it.
    package static func createIfMissing(at path: String) throws(PalantirError) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        do {
            let folder = (path as NSString).deletingLastPathComponent
            if !folder.isEmpty {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
            let queue = try DatabaseQueue(path: path)
            try queue.close()
        } catch {
            throw .featureStoreUnavailable("\(path) cannot be created", cause: "\(error)")
        }
    }
}
