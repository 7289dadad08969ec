import CMariaDB

/// A prepared look-up on one connection, with the memory that its results land in. Confined to the connection, and so
/// to one thread at a time.
final class MySQLStatement {
    private let statement: UnsafeMutablePointer<MYSQL_STMT>
    private let kinds: [MySQLColumnKind]
    /// The server's types as they were when the statement was prepared.
    private let types: [enum_field_types]
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private var buffers: [UnsafeMutableRawBufferPointer]
    private let lengths: UnsafeMutableBufferPointer<UInt>
    private let nulls: UnsafeMutableBufferPointer<my_bool>
    private let errors: UnsafeMutableBufferPointer<my_bool>

    /// - Throws: `MySQLFailure`.
    init(_ sql: String, on mysql: UnsafeMutablePointer<MYSQL>) throws(MySQLFailure) {
        guard let statement = mysql_stmt_init(mysql) else { throw MySQLConnection.failure(of: mysql) }
        guard mysql_stmt_prepare(statement, sql, UInt(sql.utf8.count)) == 0 else {
            let failure = Self.failure(of: statement)
            mysql_stmt_close(statement)
            throw failure
        }
        self.statement = statement
        let count = Int(mysql_stmt_field_count(statement))
        kinds = (0..<count).map { MySQLColumnKind(statement.pointee.fields[$0]) }
        types = (0..<count).map { statement.pointee.fields[$0].type }
        binds = .allocate(capacity: count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths = .allocate(capacity: count)
        lengths.initialize(repeating: 0)
        nulls = .allocate(capacity: count)
        nulls.initialize(repeating: 0)
        errors = .allocate(capacity: count)
        errors.initialize(repeating: 0)
        buffers = kinds.map { .allocate(byteCount: $0.initialCapacity, alignment: 8) }
    }

    deinit {
        mysql_stmt_close(statement)
        for buffer in buffers { buffer.deallocate() }
        binds.deallocate()
        lengths.deallocate()
        nulls.deallocate()
        errors.deallocate()
    }

    /// Executes the statement and calls `row` for each row of the result, to its end.
    ///
    /// - Parameter row: gets the row to read columns from; what it throws ends the reading and is thrown on.
    func execute(
        _ parameters: [MySQLParameter], row: (borrowing MySQLStatement) throws(PalantirError) -> Void
    ) throws(MySQLExecutionError) {
        let memory = MySQLParameterMemory(parameters)
        guard memory.bind(to: statement), mysql_stmt_execute(statement) == 0 else {
            throw .server(Self.failure(of: statement))
        }
        // Ends the result also when a row is refused: the connection stays usable.
        defer { mysql_stmt_free_result(statement) }
        try checkColumns()
        bindResult()
        while true {
            switch mysql_stmt_fetch(statement) {
            case 0: break
            case MYSQL_DATA_TRUNCATED: try fetchLongValues()
            case MYSQL_NO_DATA: return
            default: throw .server(Self.failure(of: statement))
            }
            do throws(PalantirError) {
                try row(self)
            } catch {
                throw .row(error)
            }
        }
    }

    var columnCount: Int { kinds.count }

    /// Hands over a column's value of the row that is being read.
    func withValue(_ column: Int, _ body: (FeatureValue) -> Void) {
        guard nulls[column] == 0 else { return body(.null) }
        let kind = kinds[column]
        let count = kind.hasVaryingLength ? Int(lengths[column]) : kind.initialCapacity
        kind.withValue(UnsafeRawBufferPointer(rebasing: buffers[column][..<count]), body)
    }

    /// The text of a key column of the row that is being read; nil for NULL.
    func keyText(_ column: Int) -> String? {
        var text: String?
        withValue(column) { value in
            switch value {
            case .integer(let number): text = String(number)
            case .unsigned(let number): text = String(number)
            case .decimal(let bytes), .text(let bytes), .binary(let bytes):
                text = String(validating: bytes, as: UTF8.self)
            case .null, .float, .double, .json: text = nil
            }
        }
        return text
    }

    // MARK: -

    /// A table that was altered keeps its statements, and the server answers with other columns than were prepared.
    private func checkColumns() throws(MySQLExecutionError) {
        let now = Int(mysql_stmt_field_count(statement))
        guard now == kinds.count, kinds.indices.allSatisfy({ statement.pointee.fields[$0].type == types[$0] }) else {
            throw .server(.resultChanged)
        }
    }

    private func bindResult() {
        for (index, kind) in kinds.enumerated() {
            binds[index].buffer_type = kind.bufferType
            binds[index].buffer = buffers[index].baseAddress
            binds[index].buffer_length = UInt(buffers[index].count)
            binds[index].is_unsigned = kind == .unsigned ? 1 : 0
            binds[index].length = lengths.baseAddress.map { $0 + index }
            binds[index].is_null = nulls.baseAddress.map { $0 + index }
            binds[index].error = errors.baseAddress.map { $0 + index }
        }
        mysql_stmt_bind_result(statement, binds.baseAddress)
    }

    /// Fetches what did not fit once more, into buffers that it fits in and that later rows profit from.
    private func fetchLongValues() throws(MySQLExecutionError) {
        for (index, kind) in kinds.enumerated() where errors[index] != 0 && nulls[index] == 0 {
            // A fixed-size value that does not fit is one of another type than was prepared.
            guard kind.hasVaryingLength else { throw .server(.resultChanged) }
            let needed = Int(lengths[index])
            guard needed > buffers[index].count else { continue }
            buffers[index].deallocate()
            buffers[index] = .allocate(byteCount: needed + needed / 2, alignment: 8)
            binds[index].buffer = buffers[index].baseAddress
            binds[index].buffer_length = UInt(buffers[index].count)
            guard mysql_stmt_fetch_column(statement, binds.baseAddress.map { $0 + index }, UInt32(index), 0) == 0 else {
                throw .server(Self.failure(of: statement))
            }
        }
        mysql_stmt_bind_result(statement, binds.baseAddress)
    }

    private static func failure(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLFailure {
        // What goes wrong in the midst of a result is known to the connection only.
        if mysql_stmt_errno(statement) == 0, let mysql = statement.pointee.mysql {
            return MySQLConnection.failure(of: mysql)
        }
        return MySQLFailure(number: mysql_stmt_errno(statement), message: String(cString: mysql_stmt_error(statement)))
    }
}

/// Why a statement ended early: the server's doing, or a row that was refused.
enum MySQLExecutionError: Error {
    case server(MySQLFailure)
    case row(PalantirError)
}
