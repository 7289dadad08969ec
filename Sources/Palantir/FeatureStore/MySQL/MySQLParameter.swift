import CMariaDB

/// An id as it is bound to a statement: in the key column's own kind, so that the server never converts it.
enum MySQLParameter: Hashable, Sendable {
    case integer(CanonicalInteger)
    case decimal(String)
    case text(String)

    var bufferType: enum_field_types {
        switch self {
        case .integer: MYSQL_TYPE_LONGLONG
        case .decimal: MYSQL_TYPE_NEWDECIMAL
        case .text: MYSQL_TYPE_STRING
        }
    }
}

/// The memory that a statement's parameters stand in while it is executed.
struct MySQLParameterMemory: ~Copyable {
    private let binds: UnsafeMutableBufferPointer<MYSQL_BIND>
    private let lengths: UnsafeMutableBufferPointer<UInt>
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ parameters: [MySQLParameter]) {
        binds = .allocate(capacity: parameters.count)
        binds.initialize(repeating: MYSQL_BIND())
        lengths = .allocate(capacity: parameters.count)
        lengths.initialize(repeating: 0)
        let size = parameters.reduce(0) { $0 + Self.size($1) }
        bytes = .allocate(byteCount: max(size, 1), alignment: 8)
        var offset = 0
        for (index, parameter) in parameters.enumerated() {
            let place = UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + Self.size(parameter))])
            binds[index].buffer_type = parameter.bufferType
            binds[index].buffer = place.baseAddress
            switch parameter {
            case .integer(.signed(let value)): place.storeBytes(of: value, as: Int64.self)
            case .integer(.unsigned(let value)):
                place.storeBytes(of: value, as: UInt64.self)
                binds[index].is_unsigned = 1
            case .decimal(let text), .text(let text):
                place.copyBytes(from: text.utf8)
                binds[index].buffer_length = UInt(text.utf8.count)
                lengths[index] = UInt(text.utf8.count)
                binds[index].length = lengths.baseAddress.map { $0 + index }
            }
            offset += Self.size(parameter)
        }
    }

    deinit {
        binds.deallocate()
        lengths.deallocate()
        bytes.deallocate()
    }

    /// Binds the parameters; they must outlive the execution.
    borrowing func bind(to statement: UnsafeMutablePointer<MYSQL_STMT>) -> Bool {
        mysql_stmt_bind_param(statement, binds.baseAddress) == 0
    }

    /// Rounded up to eight bytes, so that integers stay aligned.
    private static func size(_ parameter: MySQLParameter) -> Int {
        switch parameter {
        case .integer: 8
        case .decimal(let text), .text(let text): (text.utf8.count + 7) & ~7
        }
    }
}
