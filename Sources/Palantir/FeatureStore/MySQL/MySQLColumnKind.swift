import CMariaDB
import NIOCore

/// How a result column travels: what is asked of the client library, and which ``FeatureValue`` comes of it.
enum MySQLColumnKind: Hashable, Sendable {
    case integer
    case unsigned
    case float
    case double
    case decimal
    case text
    case json
    case binary
    case bit
    case date
    /// With the column's own number of fractional digits.
    case dateTime(fraction: Int)
    case time(fraction: Int)

    /// The character set that means bytes.
    private static let binaryCharacterSet: UInt32 = 63

    init(_ field: MYSQL_FIELD) {
        let isBinary = field.charsetnr == Self.binaryCharacterSet
        // 31 means "not fixed" in the protocol.
        let fraction = min(Int(field.decimals), 6)
        switch field.type {
        case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
            MYSQL_TYPE_YEAR:
            self = field.flags & UInt32(UNSIGNED_FLAG) != 0 ? .unsigned : .integer
        case MYSQL_TYPE_FLOAT: self = .float
        case MYSQL_TYPE_DOUBLE: self = .double
        case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL: self = .decimal
        case MYSQL_TYPE_BIT: self = .bit
        case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE: self = .date
        case MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATETIME2, MYSQL_TYPE_TIMESTAMP2:
            self = .dateTime(fraction: fraction)
        case MYSQL_TYPE_TIME, MYSQL_TYPE_TIME2: self = .time(fraction: fraction)
        case MYSQL_TYPE_JSON: self = .json
        case MYSQL_TYPE_GEOMETRY: self = .binary
        default:
            // MariaDB's JSON is a text with a note in the column's extended metadata.
            self = isBinary ? .binary : Self.isMarkedJSON(field) ? .json : .text
        }
    }

    /// The C type that the library is asked to convert to; the server's own, so that nothing is lost.
    var bufferType: enum_field_types {
        switch self {
        case .integer, .unsigned: MYSQL_TYPE_LONGLONG
        case .float: MYSQL_TYPE_FLOAT
        case .double: MYSQL_TYPE_DOUBLE
        case .decimal, .text, .json: MYSQL_TYPE_STRING
        case .binary, .bit: MYSQL_TYPE_BLOB
        case .date: MYSQL_TYPE_DATE
        case .dateTime: MYSQL_TYPE_DATETIME
        case .time: MYSQL_TYPE_TIME
        }
    }

    /// Bytes of the first buffer; those of varying length grow when a value needs it.
    var initialCapacity: Int {
        switch self {
        case .integer, .unsigned, .double, .bit: 8
        case .float: 4
        case .decimal: 72
        case .text, .json, .binary: 256
        case .date, .dateTime, .time: MemoryLayout<MYSQL_TIME>.size
        }
    }

    var hasVaryingLength: Bool {
        switch self {
        case .decimal, .text, .json, .binary, .bit: true
        case .integer, .unsigned, .float, .double, .date, .dateTime, .time: false
        }
    }

    /// Hands over the value that stands in a result buffer.
    func withValue(_ bytes: UnsafeRawBufferPointer, _ body: (FeatureValue) -> Void) {
        switch self {
        case .integer: body(.integer(bytes.loadUnaligned(as: Int64.self)))
        case .unsigned: body(.unsigned(bytes.loadUnaligned(as: UInt64.self)))
        case .float: body(.float(bytes.loadUnaligned(as: Float.self)))
        case .double: body(.double(bytes.loadUnaligned(as: Double.self)))
        case .decimal: body(.decimal(bytes))
        case .text: body(.text(bytes))
        case .json: body(.json(bytes))
        case .binary: body(.binary(bytes))
        // Big-endian, one to eight bytes.
        case .bit: body(.unsigned(bytes.reduce(0) { $0 << 8 | UInt64($1) }))
        case .date: MySQLTimeText.withDate(bytes.loadUnaligned(as: MYSQL_TIME.self), body)
        case .dateTime(let fraction):
            MySQLTimeText.withDateTime(bytes.loadUnaligned(as: MYSQL_TIME.self), fraction: fraction, body)
        case .time(let fraction):
            MySQLTimeText.withTime(bytes.loadUnaligned(as: MYSQL_TIME.self), fraction: fraction, body)
        }
    }

    private static func isMarkedJSON(_ field: MYSQL_FIELD) -> Bool {
        var format = MARIADB_CONST_STRING()
        let known = withUnsafePointer(to: field) { mariadb_field_attr(&format, $0, MARIADB_FIELD_ATTR_FORMAT_NAME) }
        guard known == 0, let text = format.str else { return false }
        return UnsafeRawBufferPointer(start: text, count: format.length).elementsEqual("json".utf8)
    }
}
