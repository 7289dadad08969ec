import Foundation
import NIOCore

/// One column's value on its way from a driver's memory into a row's JSON: the one place that says how each kind of
/// value is written. Bytes are borrowed and never outlive the row that the driver stands on.
package enum FeatureValue {
    case null
    case integer(Int64)
    case unsigned(UInt64)
    case float(Float)
    case double(Double)
    /// Exact digits as the database prints them.
    case decimal(UnsafeRawBufferPointer)
    /// UTF-8.
    case text(UnsafeRawBufferPointer)
    /// A JSON column's text; if it is not valid JSON it is given as text.
    case json(UnsafeRawBufferPointer)
    /// Given as base64.
    case binary(UnsafeRawBufferPointer)

    /// Appends the value as JSON.
    package func write(to buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .integer(let value): buffer.writeDecimal(value)
        case .unsigned(let value): buffer.writeDecimal(value)
        // Swift prints the shortest text that reads back as the same value; JSON has no NaN and no infinity.
        case .float(let value) where value.isFinite: buffer.writeString(value.description)
        case .double(let value) where value.isFinite: buffer.writeString(value.description)
        case .float, .double: buffer.writeStaticString("null")
        case .decimal(let bytes): Self.writeDecimal(bytes, to: &buffer)
        case .text(let bytes): buffer.writeJSON(validUTF8: bytes)
        case .json(let bytes):
            if Self.isJSON(bytes) { buffer.writeBytes(bytes) } else { buffer.writeJSON(validUTF8: bytes) }
        case .binary(let bytes):
            buffer.writeJSON(string: Data(bytes).base64EncodedString())
        }
    }

    /// Leading zeros, which ZEROFILL columns have, are no JSON.
    private static func writeDecimal(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        var digits = bytes[...]
        if digits.first == UInt8(ascii: "-") {
            buffer.writeStaticString("-")
            digits.removeFirst()
        }
        while digits.count > 1, digits.first == UInt8(ascii: "0"), digits[digits.startIndex + 1] != UInt8(ascii: ".") {
            digits.removeFirst()
        }
        if digits.first == UInt8(ascii: ".") { buffer.writeStaticString("0") }
        buffer.writeBytes(UnsafeRawBufferPointer(rebasing: digits))
    }

    private static func isJSON(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var scanner = JSONScanner(bytes)
        do throws(JSONError) {
            try scanner.value()
            try scanner.end()
            return true
        } catch {
            return false
        }
    }
}

extension ByteBuffer {
    /// A JSON string from bytes that should be UTF-8; what is not becomes U+FFFD, as a model could not read it.
    fileprivate mutating func writeJSON(validUTF8 bytes: UnsafeRawBufferPointer) {
        if bytes.allSatisfy({ $0 < 0x80 }) {
            writeJSON(utf8: bytes)
        } else {
            writeJSON(string: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Digits without the detour over a `String`.
    package mutating func writeDecimal(_ value: some FixedWidthInteger) {
        withUnsafeTemporaryAllocation(byteCount: 24, alignment: 1) { digits in
            var index = digits.count
            var rest = UInt64(value.magnitude)
            repeat {
                index -= 1
                digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 {
                index -= 1
                digits[index] = UInt8(ascii: "-")
            }
            writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[index...]))
        }
    }
}
