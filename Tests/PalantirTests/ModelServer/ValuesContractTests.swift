import NIOCore
import Testing

@testable import Palantir

@Suite("Contract `values`")
struct ValuesContractTests {
    private static func predictions(_ answer: String, _ ids: [String]) throws -> [String] {
        let outcomes = try ValuesContract.predictions(
            in: ByteBuffer(string: answer), for: ids.compactMap(EntityID.init), of: "m")
        return outcomes.map { outcome in
            switch outcome {
            case .success(let labels): labels.text
            case .failure(let error): error.code.rawValue
            }
        }
    }

    @Test("Rows are sent as they stand")
    func request() {
        let rows = [#"{"id":1}"#, #"{"id":"2","x":[ 1 ]}"#].map {
            FeatureRow(object: JSONText(validated: ByteBuffer(string: $0)))
        }
        #expect(String(buffer: ValuesContract.request(rows)) == #"{"values":[{"id":1},{"id":"2","x":[ 1 ]}]}"#)
    }

    @Test(
        "Labels pass byte for byte",
        arguments: [
            #"{"p":12345678901234567890}"#, #"{"p":1e-9}"#, #"{"p":"gold"}"#, #"{"p":null}"#,
            #"{"p":{"a":[1,{"b":2.50}]}}"#,
            #"{ "p" : 1 , "q":"\u00e9" }"#, "{}",
        ])
    func labels(_ labels: String) throws {
        #expect(try Self.predictions("{\"predictions\":{\"42\":\(labels)}}", ["42"]) == [labels])
    }

    @Test("Each id gets its own, in the order that was asked; others are ignored")
    func order() throws {
        let answer = #"{"model":"x","predictions":{"b":{"p":2},"z":{"p":9},"a":{"p":1}},"took":3}"#
        #expect(try Self.predictions(answer, ["a", "b", "c"]) == [#"{"p":1}"#, #"{"p":2}"#, "MODEL_BAD_ANSWER"])
    }

    @Test("An id that stands twice, or has no object, fails alone")
    func badIDs() throws {
        let answer = #"{"predictions":{"a":{"p":1},"b":5,"c":{"p":3},"\u0061":{"p":2}}}"#
        #expect(
            try Self.predictions(answer, ["a", "b", "c"]) == ["MODEL_BAD_ANSWER", "MODEL_BAD_ANSWER", #"{"p":3}"#])
        #expect(try Self.predictions(#"{"predictions":{"\u00e9":{"p":1}}}"#, ["é"]) == [#"{"p":1}"#])
    }

    @Test(
        "An answer of no use fails as a whole",
        arguments: [
            "", "null", "[]", "{}", #"{"predictions":null}"#, #"{"predictions":[1]}"#,
            #"{"predictions":{"a":{"p":NaN}}}"#,
            #"{"predictions":{"a":{"p":1}}} x"#, #"{"predictions":{"a":{"p":1}"#, "<html>",
            String(repeating: "[", count: 100_000),
            "{\"predictions\":{\"a\":\(String(repeating: "{\"x\":", count: 1_000))",
        ])
    func useless(_ answer: String) {
        let error = #expect(throws: PalantirError.self) { try Self.predictions(answer, ["a"]) }
        #expect(error?.code == .modelBadAnswer)
    }
}
