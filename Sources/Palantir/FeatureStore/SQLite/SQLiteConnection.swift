import Foundation
import GRDB
import Synchronization

/// One read-only connection to the file.
final class SQLiteConnection: StoreConnection {
    private let queue: DatabaseQueue
    private let path: String
    let policy: FeatureTablePolicy
    /// Which file was opened: one that was replaced since is opened anew.
    private let file: FileIdentity
    private let broken = Mutex(false)
    private let schemas = Mutex(Schemas())

    /// Tables' schemas, valid while SQLite's own count of schema changes stands still.
    private struct Schemas {
        var version: Int64 = -1
        var tables: [FeatureTable: SQLiteTableSchema] = [:]
    }

    init(path: String, policy: FeatureTablePolicy) throws(PalantirError) {
        guard let file = FileIdentity(path: path) else {
            let whole = URL(fileURLWithPath: path).path
            throw .featureStoreUnavailable(
                "the SQLite file does not exist",
                cause: "there is no \(whole); an absolute path takes four slashes: sqlite:////path")
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "palantir"
        // A writer holds the file for the length of a commit.
        configuration.busyMode = .timeout(1)
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw .featureStoreUnavailable("the SQLite file cannot be opened", cause: "\(error)")
        }
        self.path = path
        self.file = file
        self.policy = policy
    }

    var isUsable: Bool { !broken.withLock { $0 } }

    func close() {
        try? queue.close()
    }

    func check() throws(PalantirError) {
        try read { db in _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") }
    }

    func schema(of table: FeatureTable) throws(PalantirError) -> SQLiteTableSchema {
        try read { db in try self.schema(of: table, db) }
    }

    func features(of ids: [EntityID], in table: FeatureTable) throws(PalantirError) -> [FeatureOutcome] {
        try read { db in
            let schema = try self.schema(of: table, db)
            var collector = FeatureRowCollector(ids: ids, table: table)
            // In an untyped column an id may stand as number and as text; each has a statement of its own then.
            for keys in schema.key.parameters(for: ids) {
                guard let lookUp = schema.lookUp(keys) else { continue }
                let statement = try db.cachedStatement(sql: lookUp.text)
                let rows = try Row.fetchCursor(statement, arguments: StatementArguments(lookUp.parameters))
                while let row = try rows.next() {
                    guard let key = SQLiteTableSchema.keyText(row[0]) else { continue }
                    collector.add(key: key) { schema.write(row, to: &$0) }
                }
            }
            return collector.finish()
        }
    }

    func someEntities(in table: FeatureTable) throws(PalantirError) -> [EntityID] {
        try read { db in
            let rows = try Row.fetchAll(db.cachedStatement(sql: self.schema(of: table, db).someKeys))
            return rows.compactMap { SQLiteTableSchema.keyText($0[0]).flatMap(EntityID.init) }.withoutRepeats
        }
    }

    // MARK: -

    private func schema(of table: FeatureTable, _ db: Database) throws -> SQLiteTableSchema {
        let version = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA schema_version")) ?? 0
        let known = schemas.withLock { schemas -> SQLiteTableSchema? in
            if schemas.version != version { schemas = Schemas(version: version) }
            return schemas.tables[table]
        }
        if let known { return known }
        let schema = try SQLiteTableSchema(table, policy: policy, db)
        schemas.withLock { $0.tables[table] = schema }
        return schema
    }

    func read<Value>(_ work: (Database) throws -> Value) throws(PalantirError) -> Value {
        guard FileIdentity(path: path) == file else {
            broken.withLock { $0 = true }
            throw .featureStoreUnavailable("the SQLite file was replaced or removed", cause: nil)
        }
        do {
            return try queue.read(work)
        } catch let error as PalantirError {
            throw error
        } catch let error as DatabaseError {
            throw translate(error)
        } catch {
            // GRDB's own words may hold the row.
            throw .featureStoreUnavailable("a look-up failed", cause: "\(type(of: error))")
        }
    }

    private func translate(_ error: DatabaseError) -> PalantirError {
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .featureStoreUnavailable("the SQLite file is locked by a writer", cause: error.message)
        default:
            broken.withLock { $0 = true }
            return .featureStoreUnavailable("SQLite reports an error", cause: error.message)
        }
    }
}

/// Device and number of a file: another file under the same path has others.
struct FileIdentity: Hashable {
    private let device: UInt64
    private let number: UInt64

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        number = UInt64(status.st_ino)
    }
}
