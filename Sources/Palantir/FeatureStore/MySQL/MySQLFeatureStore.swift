/// Features in MySQL 5.7 to 9 or MariaDB, by prepared statements over a bounded pool.
package final class MySQLFeatureStore: FeatureStore {
    private let pool: ConnectionPool<MySQLConnection>
    private let catalog: MySQLCatalog

    package init(dsn: MySQLDSN, policy: FeatureTablePolicy, connections: Int) {
        catalog = MySQLCatalog(ownDatabase: dsn.database, policy: policy)
        pool = ConnectionPool(limit: connections) { () throws(PalantirError) in try MySQLConnection(dsn) }
    }

    package func features(
        of ids: [EntityID], in table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [FeatureOutcome] {
        try await LookUpChunks.run(ids, width: max(pool.use.limit / 2, 1)) { chunk throws(PalantirError) in
            try await self.pool.run(
                by: deadline,
                { connection throws(PalantirError) in try self.features(of: chunk, in: table, connection) },
                afterwards: { self.catalog.refreshIfStale(table, $0) })
        }
    }

    package func columns(
        of table: FeatureTable, by deadline: Deadline
    ) async throws(PalantirError) -> [FeatureColumn] {
        try await pool.run(
            by: deadline,
            { connection throws(PalantirError) in
                try self.translating(table) { () throws(MySQLExecutionError) in
                    try self.catalog.schema(of: table, connection).columns
                }
            },
            afterwards: { self.catalog.refreshIfStale(table, $0) })
    }

    package func check(by deadline: Deadline) async throws(PalantirError) {
        try await pool.run(by: deadline) { connection throws(PalantirError) in try connection.ping() }
    }

    package var connections: ConnectionUse { pool.use }

    package func shutdown() async {
        await pool.shutdown()
    }

    // MARK: - On a connection's thread

    private func features(
        of ids: ArraySlice<EntityID>, in table: FeatureTable, _ connection: MySQLConnection
    ) throws(PalantirError) -> [FeatureOutcome] {
        try translating(table) { () throws(MySQLExecutionError) in
            let schema = try self.catalog.schema(of: table, connection)
            var collector = FeatureRowCollector(ids: ids, table: table)
            let keys = ids.compactMap { schema.key.parameter(for: $0) }
            guard let last = keys.last else { return collector.finish() }
            let count = LookUpChunks.parameters(for: keys.count)
            let padded = keys + Array(repeating: last, count: count - keys.count)
            try connection.execute(
                schema.lookUp(parameters: count), table.timestamp == nil ? padded : padded + padded
            ) { row throws(PalantirError) in
                guard let key = row.keyText(0) else { return }
                collector.add(key: key) { schema.layout.write(to: &$0, value: row.withValue) }
            }
            return collector.finish()
        }
    }

    /// Does the work, once more after a table was found altered or a statement lost, and turns MySQL's errors into
    /// Palantir's.
    private func translating<Value>(
        _ table: FeatureTable, _ work: () throws(MySQLExecutionError) -> Value
    ) throws(PalantirError) -> Value {
        do throws(MySQLExecutionError) {
            do throws(MySQLExecutionError) {
                return try work()
            } catch {
                guard case .server(let failure) = error,
                    failure.kind == .tableChanged || failure.kind == .statementLost
                else { throw error }
                catalog.forget(table)
                return try work()
            }
        } catch {
            switch error {
            case .row(let error): throw error
            case .server(let failure):
                switch failure.kind {
                case .tableChanged:
                    throw .table(table, "is being altered, or is gone")
                case .denied: throw .table(table, "may not be read by the feature store's user; grant it SELECT")
                case .connectionLost, .statementLost, .other: throw MySQLConnection.unavailable(failure)
                }
            }
        }
    }
}
