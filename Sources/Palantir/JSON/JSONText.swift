import NIOCore

/// One JSON value as the bytes it came in, known to be valid: it is copied, never decoded and encoded again.
package struct JSONText: Hashable, Sendable {
    package let bytes: ByteBuffer

    /// - Precondition of use: `bytes` were walked by ``JSONScanner`` or written by `ByteBuffer.writeJSON(string:)`
    ///   and its kin.
    package init(validated bytes: ByteBuffer) {
        self.bytes = bytes
    }

    /// Validates a whole text.
    package init(validating text: ByteBuffer) throws(JSONError) {
        let result = text.withUnsafeReadableBytes { bytes in
            Result { () throws(JSONError) in
                var scanner = JSONScanner(bytes)
                try scanner.value()
                try scanner.end()
            }
        }
        try result.get()
        self.bytes = text
    }

    package init(validating text: String) throws(JSONError) {
        try self.init(validating: ByteBuffer(string: text))
    }

    package var text: String { String(buffer: bytes) }

    /// An object's members in order, values as they are written.
    ///
    /// - Parameter uniqueKeys: whether a name that stands twice, at any depth, is an error.
    /// - Throws: ``JSONError`` for any other value.
    package func members(uniqueKeys: Bool = true) throws(JSONError) -> [(name: String, value: JSONText)] {
        let result = bytes.withUnsafeReadableBytes { raw in
            Result { () throws(JSONError) in
                var scanner = JSONScanner(raw)
                return try scanner.members(of: bytes, uniqueKeys: uniqueKeys)
            }
        }
        return try result.get()
    }

    /// The elements of an array, values as they are written; empty for any other value.
    package var elements: [JSONText] {
        bytes.withUnsafeReadableBytes { raw in
            var scanner = JSONScanner(raw)
            var elements: [JSONText] = []
            try? scanner.array { scanner throws(JSONError) in
                elements.append(JSONText(validated: bytes.slice(try scanner.value())))
            }
            return elements
        }
    }
}

extension JSONScanner {
    /// The members of the object that comes next.
    ///
    /// - Parameters:
    ///   - text: what the scanner walks over; the values are slices of it.
    ///   - uniqueKeys: whether a key that stands twice in an object is an error.
    package mutating func members(
        of text: ByteBuffer, uniqueKeys: Bool
    ) throws(JSONError) -> [(name: String, value: JSONText)] {
        var members: [(name: String, value: JSONText)] = []
        var keys = UniqueJSONKeys(active: uniqueKeys)
        try object { scanner, token throws(JSONError) in
            let name = try token.text(in: scanner)
            try keys.insert(name, in: scanner)
            let range = try scanner.value(uniqueKeys: uniqueKeys)
            members.append((name, JSONText(validated: text.slice(range))))
        }
        return members
    }
}

extension ByteBuffer {
    /// Some of the readable bytes, counted from the first; they share this buffer's memory.
    package func slice(_ range: Range<Int>) -> ByteBuffer {
        getSlice(at: readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }
}

extension ByteBuffer {
    /// A JSON string: quotes, and the escapes that RFC 8259 section 7 requires, no others.
    package mutating func writeJSON(string: String) {
        var string = string
        string.withUTF8 { writeJSON(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// The same from UTF-8 bytes, copied in runs between the bytes that need an escape.
    package mutating func writeJSON(utf8: UnsafeRawBufferPointer) {
        writeInteger(UInt8(ascii: "\""))
        var run = 0
        for index in utf8.indices {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            writeBytes(UnsafeRawBufferPointer(rebasing: utf8[run..<index]))
            run = index + 1
            switch byte {
            case UInt8(ascii: "\""): writeStaticString("\\\"")
            case UInt8(ascii: "\\"): writeStaticString("\\\\")
            case 0x0A: writeStaticString("\\n")
            case 0x0D: writeStaticString("\\r")
            case 0x09: writeStaticString("\\t")
            default:
                writeStaticString("\\u00")
                writeInteger(Self.hexDigit(byte >> 4))
                writeInteger(Self.hexDigit(byte & 0xF))
            }
        }
        writeBytes(UnsafeRawBufferPointer(rebasing: utf8[run...]))
        writeInteger(UInt8(ascii: "\""))
    }

    package mutating func writeJSON(_ text: JSONText) {
        writeImmutableBuffer(text.bytes)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
