import NIOCore
import Testing

@testable import Palantir

@Suite("Feature values as JSON")
struct FeatureValueTests {
    private static func json(_ make: (UnsafeRawBufferPointer) -> FeatureValue, _ bytes: [UInt8]) -> String {
        var buffer = ByteBuffer()
        bytes.withUnsafeBytes { make($0).write(to: &buffer) }
        return String(buffer: buffer)
    }

    private static func json(_ value: FeatureValue) -> String {
        json({ _ in value }, [])
    }

    @Test("Numbers are exact or shortest")
    func numbers() {
        #expect(Self.json(.integer(.min)) == "-9223372036854775808")
        #expect(Self.json(.unsigned(.max)) == "18446744073709551615")
        #expect(Self.json(.float(0.1)) == "0.1")
        #expect(Self.json(.double(0.1)) == "0.1")
        #expect(Self.json(.double(1e-9)) == "1e-09")
        #expect(Self.json(.null) == "null")
        for value in [Double.nan, .infinity, -.infinity] { #expect(Self.json(.double(value)) == "null") }
        #expect(Self.json(.float(.nan)) == "null")
    }

    @Test(
        "Decimals keep their digits and lose leading zeros, which JSON has not",
        arguments: [
            ("12.50", "12.50"), ("-0.00", "-0.00"), ("00012.50", "12.50"), ("000", "0"), ("-007", "-7"), (".5", "0.5"),
            ("12345678901234567890.0123456789", "12345678901234567890.0123456789"),
        ])
    func decimals(_ text: String, _ expected: String) throws {
        let json = Self.json(FeatureValue.decimal, Array(text.utf8))
        #expect(json == expected)
        #expect(throws: Never.self) { try JSONText(validating: json) }
    }

    @Test("Texts, bytes and JSON columns")
    func texts() {
        #expect(Self.json(FeatureValue.text, Array("a\"é".utf8)) == "\"a\\\"é\"")
        #expect(Self.json(FeatureValue.text, [0x61, 0xFF]) == "\"a\u{FFFD}\"")
        #expect(Self.json(FeatureValue.binary, [0, 255]) == "\"AP8=\"")
        #expect(Self.json(FeatureValue.json, Array("{\"a\": 1}".utf8)) == "{\"a\": 1}")
        #expect(Self.json(FeatureValue.json, Array("{a}".utf8)) == "\"{a}\"")
    }

    @Test("The id stands first; a foreign column of that name is left out")
    func layout() {
        func row(_ key: String, _ columns: [String]) -> String {
            let layout = FeatureRowLayout(key: key, columns: columns)
            var buffer = ByteBuffer()
            layout.write(to: &buffer) { column, write in write(.integer(Int64(column))) }
            return String(buffer: buffer)
        }
        #expect(row("id", ["x", "id", "y"]) == #"{"id":0,"x":1,"y":2}"#)
        #expect(row("user", ["id", "user", "y"]) == #"{"id":0,"user":0,"y":1}"#)
        #expect(row("id", ["id"]) == #"{"id":0}"#)
    }

    @Test("Look-alike keys are not taken, a second row spoils its own entity only")
    func collector() throws {
        let table = try #require(
            FeatureTable.Identifier("t").flatMap { table in
                FeatureTable.Identifier("id").map { FeatureTable(database: nil, table: table, entityKey: $0) }
            })
        let ids = ["a", "b", "c"].compactMap(EntityID.init)
        var collector = FeatureRowCollector(ids: ids, table: table)
        for (key, text) in [("A", "1"), ("a", "2"), ("b", "3"), ("b", "4"), ("d", "5"), ("", "6")] {
            collector.add(key: key) { $0.writeString(text) }
        }
        let codes = collector.finish().map { outcome in
            switch outcome {
            case .success(let row): row.object.text
            case .failure(let error): error.code.rawValue
            }
        }
        #expect(codes == ["2", "MODEL_MISCONFIGURED", "ENTITY_NOT_FOUND"])
    }

    @Test(
        "Statements have a power of two of parameters",
        arguments: [(1, 1), (2, 2), (3, 4), (5, 8), (512, 512), (300, 512)])
    func parameters(_ count: Int, _ expected: Int) {
        #expect(LookUpStatement.exponent(for: count) == expected.trailingZeroBitCount)
    }

    @Test("Request features replace and add; JSON columns with keys that stand twice survive")
    func overrides() throws {
        let row = FeatureRow(object: try JSONText(validating: #"{"id":1,"x":2.50,"j":{"a":1,"a":2},"y":3}"#))
        let features = RequestFeatures([
            ("x", try JSONText(validating: "[ 9 ]")), ("z", try JSONText(validating: "null")),
        ])
        #expect(row.overridden(by: features).object.text == #"{"id":1,"j":{"a":1,"a":2},"y":3,"x":[ 9 ],"z":null}"#)
    }

    @Test("System schemas are never readable, others by pattern or by being one's own")
    func policy() {
        let own = FeatureTablePolicy(patterns: nil)
        #expect(own.allows(database: "shop", table: "t", ownDatabase: "shop"))
        #expect(!own.allows(database: "other", table: "t", ownDatabase: "shop"))
        let all = FeatureTablePolicy(patterns: ["*.*"])
        #expect(all.allows(database: "other", table: "t", ownDatabase: "shop"))
        for schema in ["mysql", "information_schema", "performance_schema", "sys", "MYSQL"] {
            #expect(!all.allows(database: schema, table: "user", ownDatabase: schema))
        }
        let some = FeatureTablePolicy(patterns: ["features_*", "other.users"])
        #expect(some.allows(database: "shop", table: "features_1", ownDatabase: "shop"))
        #expect(!some.allows(database: "shop", table: "users", ownDatabase: "shop"))
        #expect(some.allows(database: "other", table: "users", ownDatabase: "shop"))
    }
}
