/// What is done on a connection, on its thread.
struct MySQLLookUp {
    let catalog: MySQLCatalog
    let connection: MySQLConnection

    func columns(of table: FeatureTable) throws(PalantirError) -> [FeatureColumn] {
        try translating(table) { () throws(MySQLExecutionError) in try catalog.schema(of: table, connection).columns }
    }

    func someEntities(in table: FeatureTable) throws(PalantirError) -> [EntityID] {
        try translating(table) { () throws(MySQLExecutionError) in
            var ids: [EntityID] = []
            try connection.execute(try catalog.schema(of: table, connection).someKeys, []) {
                row throws(PalantirError) in
                if let id = row.keyText(0).flatMap(EntityID.init) { ids.append(id) }
            }
            return ids.withoutRepeats
        }
    }

    func features(of ids: [EntityID], in table: FeatureTable) throws(PalantirError) -> [FeatureOutcome] {
        try translating(table) { () throws(MySQLExecutionError) in
            let schema = try catalog.schema(of: table, connection)
            var collector = FeatureRowCollector(ids: ids, table: table)
            guard let statement = schema.lookUp(ids.compactMap { schema.key.parameter(for: $0) }) else {
                return collector.finish()
            }
            try connection.execute(statement.text, statement.parameters) { row throws(PalantirError) in
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
