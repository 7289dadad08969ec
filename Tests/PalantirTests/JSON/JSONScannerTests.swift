import NIOCore
import Palantir
import Testing

@Suite("JSON scanner")
struct JSONScannerTests {
    private static func scan(_ bytes: ByteBuffer, uniqueKeys: Bool = false) -> JSONError? {
        bytes.withUnsafeReadableBytes { raw in
            var scanner = JSONScanner(raw)
            do throws(JSONError) {
                try scanner.value(uniqueKeys: uniqueKeys)
                try scanner.end()
                return nil
            } catch {
                return error
            }
        }
    }

    private static func scan(_ text: String, uniqueKeys: Bool = false) -> JSONError? {
        scan(ByteBuffer(string: text), uniqueKeys: uniqueKeys)
    }

    @Test(
        "Valid texts are accepted",
        arguments: [
            "0", "-0", "1", "-12", "1.5", "-0.0", "1e5", "1E+5", "1.25e-10", "12345678901234567890", "true", "false",
            "null", "\"\"", "\"a\"", "[]", "{}", "[1]", "[1,2,[3]]", "{\"a\":1}", "{\"a\":{\"b\":[]}}", " \t\r\n1 \n",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\u00e9\\uD83D\\uDE00\"", "\"\\uD800\"",
            "\"é\u{1F600}\u{10FFFF}\"",
            "[ ]", "{ }", "[1 , 2]", "{ \"a\" : 1 , \"b\" : 2 }", "\"\u{7F}\"", "{\"\":0}",
        ])
    func valid(_ text: String) {
        #expect(Self.scan(text) == nil)
    }

    @Test(
        "Invalid texts are refused",
        arguments: [
            "", " ", "01", "-", "-01", "1.", ".5", "+1", "1e", "1e+", "1.e5", "0x1", "1_000", "NaN", "Infinity",
            "-Infinity", "nul", "nulls", "True", "tru", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\",
            "\"\n\"", "\"\t\"", "\"\u{0}\"", "'a'", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"",
            "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "1 2",
            "{} {}", "[]x", "// comment\n1", "\u{FEFF}1", "[1}", "{\"a\":1]",
        ])
    func invalid(_ text: String) {
        #expect(Self.scan(text) != nil)
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE2, 0x82],
            [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x9F, 0x98],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(Self.scan(ByteBuffer(bytes: [quote] + bytes + [quote]))?.reason == .invalidUTF8)
    }

    @Test("Sixty-four levels are accepted, one more is not", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(_ open: String, _ close: String) {
        func nested(_ depth: Int) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(Self.scan(nested(64)) == nil)
        #expect(Self.scan(nested(65))?.reason == .tooDeep)
    }

    @Test("A hundred thousand brackets end in an error also on a task's small stack")
    func manyBrackets() async {
        let error = await Task { Self.scan(String(repeating: "[", count: 100_000)) }.value
        #expect(error?.reason == .tooDeep)
    }

    @Test(
        "A key that stands twice is seen where it is asked for",
        arguments: ["{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "[{\"x\":{\"a\":1,\"a\":1}}]"])
    func duplicateKeys(_ text: String) {
        #expect(Self.scan(text) == nil)
        #expect(Self.scan(text, uniqueKeys: true)?.reason == .duplicateKey("a"))
    }

    @Test("Keys that only look alike are two")
    func lookAlikeKeys() {
        #expect(Self.scan("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}", uniqueKeys: true) == nil)
    }

    @Test("Values are given byte for byte")
    func rawValues() throws {
        let text = "{ \"a\" : 1.50e+03 , \"b\" :[ 1,2 ] , \"c\":\"\\u00e9\" , \"d\":12345678901234567890 }"
        let members = try JSONText(validating: text).members()
        #expect(members.map(\.name) == ["a", "b", "c", "d"])
        #expect(members.map(\.value.text) == ["1.50e+03", "[ 1,2 ]", "\"\\u00e9\"", "12345678901234567890"])
    }

    @Test(
        "Escapes are resolved",
        arguments: [
            ("\"\\u0041\"", "A"), ("\"\\ud83d\\ude00\"", "\u{1F600}"), ("\"a\\n\\t\\\\\\\"\\/\"", "a\n\t\\\"/"),
            ("\"é\\u00e9\"", "éé"), ("\"\\u0000\"", "\0"),
        ])
    func escapes(_ json: String, _ expected: String) throws {
        #expect(try Self.string(json) == expected)
    }

    @Test("Half a surrogate pair is no character", arguments: ["\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\""])
    func loneSurrogates(_ json: String) {
        let error = #expect(throws: JSONError.self) { try Self.string(json) }
        #expect(error?.reason == .loneSurrogate)
    }

    private static func string(_ json: String) throws(JSONError) -> String {
        let result = ByteBuffer(string: json).withUnsafeReadableBytes { raw in
            Result { () throws(JSONError) in
                var scanner = JSONScanner(raw)
                return try scanner.string().text(in: scanner)
            }
        }
        return try result.get()
    }
}
