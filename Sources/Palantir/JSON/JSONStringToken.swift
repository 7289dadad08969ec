/// Where a JSON string's contents stand in the scanned text, quotes left out.
package struct JSONStringToken: Sendable {
    package let contents: Range<Int>
    package let hasEscapes: Bool

    /// The string itself, escapes resolved.
    ///
    /// - Throws: ``JSONError`` with `loneSurrogate` for a `\u` escape that is no character: two texts that differ only
    ///   there would be taken for the same entity.
    package func text(in scanner: borrowing JSONScanner) throws(JSONError) -> String {
        let slice = UnsafeRawBufferPointer(rebasing: scanner.bytes[contents])
        guard hasEscapes else { return String(decoding: slice, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        var utf8: [UInt8] = []
        var index = 0
        func flush() {
            scalars.append(contentsOf: String(decoding: utf8, as: UTF8.self).unicodeScalars)
            utf8.removeAll()
        }
        while index < slice.count {
            guard slice[index] == UInt8(ascii: "\\") else {
                utf8.append(slice[index])
                index += 1
                continue
            }
            let kind = slice[index + 1]
            guard kind == UInt8(ascii: "u") else {
                utf8.append(Self.unescaped(kind))
                index += 2
                continue
            }
            flush()
            var code = Self.codeUnit(slice, at: index + 2)
            let start = index
            index += 6
            if 0xD800...0xDBFF ~= code, index + 6 <= slice.count,
                slice[index] == UInt8(ascii: "\\"), slice[index + 1] == UInt8(ascii: "u")
            {
                let low = Self.codeUnit(slice, at: index + 2)
                if 0xDC00...0xDFFF ~= low {
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw JSONError(offset: contents.lowerBound + start, reason: .loneSurrogate)
            }
            scalars.append(scalar)
        }
        flush()
        return String(scalars)
    }

    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static func codeUnit(_ slice: UnsafeRawBufferPointer, at start: Int) -> UInt32 {
        slice[start..<(start + 4)].reduce(0) { $0 << 4 | (hexValue($1) ?? 0) }
    }

    private static func unescaped(_ kind: UInt8) -> UInt8 {
        switch kind {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: kind
        }
    }
}
