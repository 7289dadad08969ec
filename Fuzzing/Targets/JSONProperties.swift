import Foundation
import NIOCore
import Palantir

/// What the scanner takes for JSON, Foundation's parser takes too, and the other way round.
enum JSONProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let problem = problem(of: input)
        guard isForFoundation(input) else { return }
        let isValid = (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
        switch problem {
        case nil: try BrokenProperty.unless(isValid, "the scanner takes what Foundation refuses")
        // Our own bound; and a comma before the end, which Foundation takes.
        case .tooDeep?: return
        case .unexpectedByte? where hasTrailingComma(input), .expectedString? where hasTrailingComma(input): return
        case let reason?: try BrokenProperty.unless(!isValid, "the scanner refuses what Foundation takes: \(reason)")
        }
    }

    private static func hasTrailingComma(_ input: [UInt8]) -> Bool {
        let written = input.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return zip(written, written.dropFirst()).contains {
            $0 == UInt8(ascii: ",") && ($1 == UInt8(ascii: "]") || $1 == UInt8(ascii: "}"))
        }
    }

    static func problem(of input: [UInt8]) -> JSONError.Reason? {
        do throws(JSONError) {
            _ = try JSONText(validating: ByteBuffer(bytes: input))
            return nil
        } catch {
            return error.reason
        }
    }

    /// Whether the two should agree. Foundation guesses encodings from zeros and byte order marks, holds numbers in 64
    /// bits, and refuses halves of surrogate pairs.
    static func isForFoundation(_ input: [UInt8]) -> Bool {
        guard !input.contains(0), ![0xEF, 0xFE, 0xFF].contains(input.first) else { return false }
        let escapesSurrogate = zip(zip(input, input.dropFirst()), input.dropFirst(2)).contains { pair, third in
            pair.0 == UInt8(ascii: "\\") && pair.1 == UInt8(ascii: "u") && (third | 0x20) == UInt8(ascii: "d")
        }
        guard !escapesSurrogate else { return false }
        let digits = input.map { $0 &- UInt8(ascii: "0") < 10 }
        let hasLongNumber = digits.split(separator: false).contains { $0.count > 15 }
        let hasExponent = zip(digits, input.dropFirst()).contains { $0 && ($1 | 0x20) == UInt8(ascii: "e") }
        return !hasLongNumber && !hasExponent
    }
}
