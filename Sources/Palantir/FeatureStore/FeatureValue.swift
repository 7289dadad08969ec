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

    /// Appends the value as JSON, behind a member's name.
    package func write(after prefix: [UInt8] = [], to buffer: inout ByteBuffer) {
        if let maximum = maximumBytes {
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: prefix.count + maximum) { memory in
                var memory = JSONMemory(memory)
                prefix.withUnsafeBytes { memory.append($0) }
                write(to: &memory)
                return memory.count
            }
        } else {
            buffer.writeBytes(prefix)
            writeLong(to: &buffer)
        }
    }

    /// The most bytes that the value takes as JSON; nil for what is not worth reserving for, or has no bound.
    private var maximumBytes: Int? {
        switch self {
        case .null: 4
        case .integer, .unsigned: 20
        // A sign, 17 digits, a point and an exponent.
        case .float, .double: 32
        case .decimal(let bytes): bytes.count + 1
        case .text(let bytes): JSONMemory.isPlain(bytes) ? bytes.count + 2 : nil
        case .json, .binary: nil
        }
    }

    private func write(to memory: inout JSONMemory) {
        switch self {
        case .integer(let value): memory.append(decimal: value)
        case .unsigned(let value): memory.append(decimal: value)
        // Swift prints the shortest text that reads back as the same value; JSON has no NaN and no infinity.
        case .float(let value) where value.isFinite: memory.append(ascii: value.description)
        case .double(let value) where value.isFinite: memory.append(ascii: value.description)
        case .decimal(let bytes): Self.write(decimal: bytes, to: &memory)
        case .text(let bytes): memory.append(plain: bytes)
        case .null, .float, .double, .json, .binary: memory.append("null")
        }
    }

    private func writeLong(to buffer: inout ByteBuffer) {
        switch self {
        case .text(let bytes): buffer.writeJSON(validUTF8: bytes)
        case .json(let bytes):
            if Self.isJSON(bytes) { buffer.writeBytes(bytes) } else { buffer.writeJSON(validUTF8: bytes) }
        case .binary(let bytes): buffer.writeJSON(string: Data(bytes).base64EncodedString())
        case .null, .integer, .unsigned, .float, .double, .decimal: buffer.writeStaticString("null")
        }
    }

    /// Leading zeros, which ZEROFILL columns have, are no JSON.
    private static func write(decimal bytes: UnsafeRawBufferPointer, to memory: inout JSONMemory) {
        var start = 0
        if bytes.first == UInt8(ascii: "-") {
            memory.append(UInt8(ascii: "-"))
            start = 1
        }
        while start + 1 < bytes.count, bytes[start] == UInt8(ascii: "0"), bytes[start + 1] != UInt8(ascii: ".") {
            start += 1
        }
        if start < bytes.count, bytes[start] == UInt8(ascii: ".") { memory.append(UInt8(ascii: "0")) }
        memory.append(UnsafeRawBufferPointer(rebasing: bytes[start...]))
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
