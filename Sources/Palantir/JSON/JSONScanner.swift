/// Walks over JSON text (RFC 8259, UTF-8) without building values.
///
/// Foundation's parser cannot give a value's bytes unchanged, does not see a key that stands twice, and recurses as
/// deep as its input says. This one validates every byte, yields ranges of the original, and stops at
/// ``maximumDepth``, so its recursion is bounded whatever comes in.
///
/// It borrows memory: a scanner never outlives the closure that handed it its bytes.
package struct JSONScanner {
    /// Levels of nested objects and arrays that are accepted.
    package static let maximumDepth = 64

    package let bytes: UnsafeRawBufferPointer
    package private(set) var index = 0
    private var depth = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The first byte of the next value, white space skipped; nil at the end.
    package mutating func peek() -> UInt8? {
        skipWhitespace()
        return index < bytes.count ? bytes[index] : nil
    }

    /// Throws unless only white space is left.
    package mutating func end() throws(JSONError) {
        skipWhitespace()
        guard index == bytes.count else { throw error(.trailingBytes) }
    }

    /// Calls `member` for every member of an object; `member` must consume the value.
    package mutating func object(
        _ member: (inout JSONScanner, JSONStringToken) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard peek() == UInt8(ascii: "{") else { throw error(index < bytes.count ? .expectedObject : .unexpectedEnd) }
        try enter()
        if peek() == UInt8(ascii: "}") { return leave() }
        while true {
            let key = try string()
            guard peek() == UInt8(ascii: ":") else { throw unexpected() }
            index += 1
            try member(&self, key)
            switch peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"): return leave()
            default: throw unexpected()
            }
        }
    }

    /// Calls `element` for every element of an array; `element` must consume the value.
    package mutating func array(
        _ element: (inout JSONScanner) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard peek() == UInt8(ascii: "[") else { throw error(index < bytes.count ? .expectedArray : .unexpectedEnd) }
        try enter()
        if peek() == UInt8(ascii: "]") { return leave() }
        while true {
            try element(&self)
            switch peek() {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"): return leave()
            default: throw unexpected()
            }
        }
    }

    /// Validates the next value and returns where it stands.
    ///
    /// - Parameter uniqueKeys: whether a key that stands twice in an object is an error. It costs a set an object, so
    ///   it is for requests, not for the answers of models.
    @discardableResult
    package mutating func value(uniqueKeys: Bool = false) throws(JSONError) -> Range<Int> {
        guard let first = peek() else { throw error(.unexpectedEnd) }
        let start = index
        switch first {
        case UInt8(ascii: "{"):
            var keys = UniqueJSONKeys(active: uniqueKeys)
            try object { scanner, key throws(JSONError) in
                try keys.insert(key, in: scanner)
                try scanner.value(uniqueKeys: uniqueKeys)
            }
        case UInt8(ascii: "["):
            try array { scanner throws(JSONError) in try scanner.value(uniqueKeys: uniqueKeys) }
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw error(.unexpectedByte)
        }
        return start..<index
    }

    /// The next value, which must be a string.
    @discardableResult
    package mutating func string() throws(JSONError) -> JSONStringToken {
        guard peek() == UInt8(ascii: "\"") else { throw error(index < bytes.count ? .expectedString : .unexpectedEnd) }
        index += 1
        let start = index
        var hasEscapes = false
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return JSONStringToken(contents: start..<(index - 1), hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0..<0x20: throw error(.invalidString)
            case 0x80...: try multibyteCharacter()
            default: index += 1
            }
        }
        throw error(.unexpectedEnd)
    }

    package func error(_ reason: JSONError.Reason) -> JSONError {
        JSONError(offset: index, reason: reason)
    }

    // MARK: - Pieces

    private func unexpected() -> JSONError {
        error(index < bytes.count ? .unexpectedByte : .unexpectedEnd)
    }

    private mutating func enter() throws(JSONError) {
        guard depth < Self.maximumDepth else { throw error(.tooDeep) }
        depth += 1
        index += 1
    }

    private mutating func leave() {
        depth -= 1
        index += 1
    }

    private mutating func skipWhitespace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        for offset in 0..<text.utf8CodeUnitCount {
            guard index < bytes.count else { throw error(.unexpectedEnd) }
            guard bytes[index] == text.utf8Start[offset] else { throw error(.unexpectedByte) }
            index += 1
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, RFC 8259 section 6.
    private mutating func number() throws(JSONError) {
        if current == UInt8(ascii: "-") { index += 1 }
        if current == UInt8(ascii: "0") {
            index += 1
            if let next = current, Self.isDigit(next) { throw error(.invalidNumber) }
        } else {
            try digits()
        }
        if current == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            index += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func digits() throws(JSONError) {
        guard let first = current, Self.isDigit(first) else { throw error(.invalidNumber) }
        while let next = current, Self.isDigit(next) { index += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }

    private mutating func escape() throws(JSONError) {
        index += 1
        guard let kind = current else { throw error(.unexpectedEnd) }
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u"):
            index += 1
            for _ in 0..<4 {
                guard let digit = current, JSONStringToken.hexValue(digit) != nil else { throw error(.invalidString) }
                index += 1
            }
        default: throw error(.invalidString)
        }
    }

    /// One UTF-8 sequence of two to four bytes, by the table of the Unicode standard (3-7): no overlong form, no
    /// surrogate, nothing beyond U+10FFFF.
    private mutating func multibyteCharacter() throws(JSONError) {
        let lead = bytes[index]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: throw error(.invalidUTF8)
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { throw error(.invalidUTF8) }
        for offset in 2..<max(length, 2) where bytes[index + offset] & 0xC0 != 0x80 { throw error(.invalidUTF8) }
        index += length
    }
}
