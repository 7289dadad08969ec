/// What a model gets of a column, whatever the database calls its type.
package enum ColumnKind: Hashable, Sendable {
    case integer
    /// 0 and 1.
    case boolean
    /// Exact digits; without `fraction` it holds integers alone.
    case decimal(fraction: Bool)
    case real
    case text
    /// ISO 8601 text.
    case dateTime
    case json
    /// Base64 text.
    case binary
    /// It may hold anything.
    case any

    /// - Parameters:
    ///   - dataType: as `information_schema` has it, such as `decimal`.
    ///   - type: the same with its length, such as `decimal(10,2)`.
    package init(mysql dataType: String, type: String) {
        switch dataType.lowercased() {
        case "tinyint": self = type.lowercased().hasPrefix("tinyint(1)") ? .boolean : .integer
        case "smallint", "mediumint", "int", "integer", "bigint", "year": self = .integer
        case "bit": self = ["bit", "bit(1)"].contains(type.lowercased()) ? .boolean : .integer
        case "decimal", "numeric": self = .decimal(fraction: Self.hasFraction(type, default: false))
        case "float", "double", "real": self = .real
        case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "uuid", "inet4", "inet6",
            "time":
            self = .text
        case "date", "datetime", "timestamp": self = .dateTime
        case "json": self = .json
        case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob": self = .binary
        default: self = .any
        }
    }

    /// By SQLite's rules for a declared type, and what programs mean by it.
    package init(sqlite declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("BOOL") {
            self = .boolean
        } else if type.contains("INT") {
            self = .integer
        } else if type.contains("JSON") {
            self = .json
        } else if ["CHAR", "CLOB", "TEXT"].contains(where: type.contains) {
            self = .text
        } else if type.isEmpty {
            self = .any
        } else if type.contains("BLOB") {
            self = .binary
        } else if ["REAL", "FLOA", "DOUB"].contains(where: type.contains) {
            self = .real
        } else if ["DATE", "TIMESTAMP"].contains(where: type.contains) {
            self = .dateTime
        } else if type.contains("DEC") || type.contains("NUM") {
            self = .decimal(fraction: Self.hasFraction(type, default: true))
        } else {
            self = .any
        }
    }

    /// `decimal(10)` and `decimal(10,0)` hold integers.
    private static func hasFraction(_ type: String, default unsaid: Bool) -> Bool {
        guard let open = type.firstIndex(of: "("), let close = type.firstIndex(of: ")"), open < close else {
            return unsaid
        }
        let numbers = type[type.index(after: open)..<close].split(separator: ",").map { String($0.trimmingSpaces) }
        return numbers.count == 2 && numbers[1] != "0"
    }
}
