/// Where and why bytes are not the JSON that was expected.
package struct JSONError: Error, Hashable, Sendable {
    /// Offset of the offending byte, from 0.
    package let offset: Int
    package let reason: Reason

    package enum Reason: Hashable, Sendable {
        case unexpectedEnd
        case unexpectedByte
        case trailingBytes
        case tooDeep
        case invalidNumber
        case invalidString
        case invalidUTF8
        /// A `\u` escape that is half of a surrogate pair: no character.
        case loneSurrogate
        case duplicateKey(String)
        case expectedObject
        case expectedArray
        case expectedString
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        switch reason {
        case .unexpectedEnd: "the text ends too early"
        case .unexpectedByte: "unexpected character at byte \(offset)"
        case .trailingBytes: "something follows the value at byte \(offset)"
        case .tooDeep: "nested deeper than \(JSONScanner.maximumDepth) at byte \(offset)"
        case .invalidNumber: "a malformed number at byte \(offset)"
        case .invalidString: "a malformed string at byte \(offset)"
        case .invalidUTF8: "invalid UTF-8 at byte \(offset)"
        case .loneSurrogate: "half of a surrogate pair at byte \(offset)"
        case .duplicateKey(let key): "the key \(key.debugDescription) appears twice"
        case .expectedObject: "expected an object at byte \(offset)"
        case .expectedArray: "expected an array at byte \(offset)"
        case .expectedString: "expected a text at byte \(offset)"
        }
    }
}
