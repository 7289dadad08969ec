import NIOCore

/// Writes small JSON values into memory that was reserved for them. A `ByteBuffer` checks its room with every piece that
/// is written; a row of forty columns is some hundred and fifty pieces.
struct JSONMemory {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    /// - Precondition of use: what is written fits; see ``FeatureValue/maximumBytes``.
    init(_ memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func append(_ byte: UInt8) {
        memory[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }

    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(ascii text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(decimal value: some FixedWidthInteger) {
        var rest = UInt64(value.magnitude)
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, rest >= bound {
            digits += 1
            bound = digits < 20 ? bound &* 10 : .max
        }
        if value < 0 { append(UInt8(ascii: "-")) }
        for index in stride(from: count + digits - 1, through: count, by: -1) {
            memory[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// A JSON string of ASCII characters that need no escape.
    mutating func append(plain text: UnsafeRawBufferPointer) {
        append(UInt8(ascii: "\""))
        append(text)
        append(UInt8(ascii: "\""))
    }

    /// Whether a text is ASCII and needs no escape by RFC 8259, section 7.
    static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        // Without an early end, so that the compiler takes many bytes at once.
        text.reduce(true) {
            $0 && ($1 >= 0x20) && ($1 < 0x80) && ($1 != UInt8(ascii: "\"")) && ($1 != UInt8(ascii: "\\"))
        }
    }
}
