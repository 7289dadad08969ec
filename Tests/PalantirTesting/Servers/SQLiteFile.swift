import GRDB

/// An SQLite file as another program writes it.
package enum SQLiteFile {
    package static func execute(_ sql: String, at path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
