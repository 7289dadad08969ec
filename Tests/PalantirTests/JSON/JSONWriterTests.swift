import NIOCore
import Palantir
import Testing

@Suite("JSON writing")
struct JSONWriterTests {
    private static func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(buffer: buffer)
    }

    @Test(
        "Strings are escaped as RFC 8259 requires, and no further",
        arguments: [
            ("", "\"\""), ("plain", "\"plain\""), ("\"\\", "\"\\\"\\\\\""), ("\n\r\t", "\"\\n\\r\\t\""),
            ("\u{0}\u{1F}", "\"\\u0000\\u001f\""), ("é\u{1F600}/", "\"é\u{1F600}/\""), ("a\"b", "\"a\\\"b\""),
        ])
    func strings(_ text: String, _ expected: String) throws {
        #expect(Self.written { $0.writeJSON(string: text) } == expected)
        #expect(try JSONText(validating: expected).text == expected)
    }

    @Test("Integers of every width are exact")
    func integers() {
        for value in [0, 1, -1, 9, 10, 42, -99, Int64.max, Int64.min] {
            #expect(Self.written { $0.writeDecimal(value) } == "\(value)")
        }
        #expect(Self.written { $0.writeDecimal(UInt64.max) } == "18446744073709551615")
    }

    @Test("Objects and arrays nest")
    func objects() {
        let text = Self.written { buffer in
            buffer.writeJSONObject { object in
                object.member("a", text: "x")
                object.member("b", text: nil)
                object.member("c", number: 3)
                object.member("d", flag: true)
                object.member("e", array: [1, 2]) { $0.writeDecimal($1) }
                object.member("f", object: { $0.member("g", text: "\"") })
                object.member("h", seconds: .milliseconds(1_500))
                object.member("i", array: [] as [Int]) { $0.writeDecimal($1) }
            }
            buffer.writeStaticString("!")
        }
        let expected =
            #"{"a":"x","b":null,"c":3,"d":true,"e":[1,2],"f":{"g":"\""},"h":1.5,"i":[]}!"#
        #expect(text == expected)
    }
}
