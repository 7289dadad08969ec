import Foundation
import GRDB

/// How a column's stored values are given, by the type that the table declares: SQLite itself has five kinds only.
enum SQLiteConversion: Sendable {
    case plain
    case json
    /// Stored as SQLite's functions print it, "2024-01-31 12:00:00"; given with the `T` of ISO 8601.
    case dateTime

    init(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("JSON") {
            self = .json
        } else if type.contains("DATETIME") || type.contains("TIMESTAMP") {
            self = .dateTime
        } else {
            self = .plain
        }
    }

    /// Hands over the value while its bytes are there.
    func withValue(_ value: DatabaseValue, _ body: (FeatureValue) -> Void) {
        switch value.storage {
        case .null: body(.null)
        case .int64(let number): body(.integer(number))
        case .double(let number): body(.double(number))
        case .string(var text):
            text.withUTF8 { utf8 in
                switch self {
                case .plain: body(.text(UnsafeRawBufferPointer(utf8)))
                case .json: body(.json(UnsafeRawBufferPointer(utf8)))
                case .dateTime: Self.withISO8601(utf8) { body(.text($0)) }
                }
            }
        case .blob(let data):
            data.withUnsafeBytes { body(.binary($0)) }
        }
    }

    private static func withISO8601(
        _ utf8: UnsafeBufferPointer<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let separator = 10
        guard utf8.count > separator, utf8[separator] == UInt8(ascii: " ") else {
            return body(UnsafeRawBufferPointer(utf8))
        }
        var bytes = Array(utf8)
        bytes[separator] = UInt8(ascii: "T")
        bytes.withUnsafeBytes(body)
    }
}
