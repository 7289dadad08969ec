/// Features in MySQL 5.7 to 9 or MariaDB, by prepared statements over a bounded pool.
package final class MySQLFeatureStore: InspectableFeatureStore {
    private let pool: ConnectionPool<MySQLConnection>
    private let catalog: MySQLCatalog
    private let dsn: MySQLDSN
    private let lookUps: FeatureLookUps

    /// - Parameters:
    ///   - dsn: where it is, and how it is spoken to.
    ///   - policy: the tables that tags may name.
    ///   - connections: the most that are open at once.
    ///   - authorities: a PEM file of certificate authorities that are trusted beside the system's.
    package init(dsn: MySQLDSN, policy: FeatureTablePolicy, connections: Int, authorities: String? = nil) {
        let catalog = MySQLCatalog(ownDatabase: dsn.database, policy: policy)
        let pool = ConnectionPool(limit: connections) { () throws(PalantirError) in
            try MySQLConnection(dsn, authorities: authorities)
        }
        self.catalog = catalog
        self.dsn = dsn
        self.pool = pool
        lookUps = FeatureLookUps(
            pool,
            read: { connection, ids, table throws(PalantirError) in
                try MySQLLookUp(catalog: catalog, connection: connection).features(of: ids, in: table)
            }, afterwards: { connection, table in catalog.refreshIfStale(table, connection) })
    }

    package func features(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline, for stage: TraceStage?
    ) async throws(PalantirError) -> [FeatureOutcome] {
        await lookUps.outcomes(of: ids, in: table, by: deadline, for: stage)
    }

    package func columns(
        of table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [FeatureColumn] {
        try await pool.run(
            by: deadline,
            { connection throws(PalantirError) in
                try MySQLLookUp(catalog: self.catalog, connection: connection).columns(of: table)
            },
            afterwards: { self.catalog.refreshIfStale(table, $0) })
    }

    package func someEntities(
        in table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [EntityID] {
        try await pool.run(by: deadline) { connection throws(PalantirError) in
            try MySQLLookUp(catalog: self.catalog, connection: connection).someEntities(in: table)
        }
    }

    package func check(by deadline: Deadline) async throws(PalantirError) {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.ping() }
    }

    package func inspect(by deadline: Deadline) async throws(PalantirError) -> StoreInspection {
        try await pool.run(by: deadline) { [catalog, dsn] connection throws(PalantirError) in
            try MySQLInspection(catalog: catalog, dsn: dsn, connection: connection).store()
        }
    }

    package func inspect(
        _ table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> TableInspection {
        try await pool.run(by: deadline) { [catalog, dsn] connection throws(PalantirError) in
            try MySQLInspection(catalog: catalog, dsn: dsn, connection: connection).table(table)
        }
    }

    package var connections: ConnectionUse { pool.use }

    package var batches: BatchMetrics { lookUps.batches }

    package func shutdown() async {
        await pool.shutdown()
    }
}
