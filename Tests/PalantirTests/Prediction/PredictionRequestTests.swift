import NIOCore
import Palantir
import Testing

@Suite("Prediction requests")
struct PredictionRequestTests {
    private static func parse(_ text: String) throws(PalantirError) -> PredictionRequest {
        try PredictionRequest(json: ByteBuffer(string: text))
    }

    @Test(
        "Ids are texts or integers, each once",
        arguments: [
            (#"{"model_name":"m","id":"42"}"#, ["42"]), (#"{"model_name":"m","id":42}"#, ["42"]),
            (#"{"model_name":"m","id":-7}"#, ["-7"]), (#"{"id":"x","model_name":"m"}"#, ["x"]),
            (#"{"model_name":"m","id":12345678901234567890123}"#, ["12345678901234567890123"]),
            (#"{"model_name":"m","ids":["1",2,"1",2]}"#, ["1", "2"]), (#"{"model_name":"m","ids":[0]}"#, ["0"]),
            (#"{"model_name":"m","id":"\u0041"}"#, ["A"]), (#"{"model_name":"m","id":"x","other":[1]}"#, ["x"]),
        ])
    func ids(_ body: String, _ expected: [String]) throws {
        #expect(try Self.parse(body).ids.map(\.text) == expected)
    }

    @Test(
        "A wrong request is INVALID_REQUEST, and says what is wrong",
        arguments: [
            ("null", "object"), ("[]", "object"), ("\"x\"", "object"), ("", "empty"), ("  ", "empty"), ("{", "JSON"),
            ("{}", "model_name"), (#"{"model_name":"m"}"#, "`id`"), (#"{"id":"1"}"#, "model_name"),
            (#"{"model_name":"","id":"1"}"#, "`model_name` is empty"),
            (#"{"model_name":1,"id":"1"}"#, "must be a text"),
            (#"{"model_name":null,"id":"1"}"#, "model_name"), (#"{"model_name":"m","id":""}"#, "empty id"),
            (#"{"model_name":"m","id":1.0}"#, "texts and integers"), (#"{"model_name":"m","id":1e3}"#, "integers"),
            (#"{"model_name":"m","id":true}"#, "integers"), (#"{"model_name":"m","id":null}"#, "integers"),
            (#"{"model_name":"m","id":["1"]}"#, "integers"), (#"{"model_name":"m","ids":"1"}"#, "list"),
            (#"{"model_name":"m","ids":[]}"#, "empty list"), (#"{"model_name":"m","ids":[[1]]}"#, "integers"),
            (#"{"model_name":"m","id":"1","ids":["2"]}"#, "not both"),
            (#"{"model_name":"m","id":"1","alias":"a","version":1}"#, "not both"),
            (#"{"model_name":"m","id":"1","version":0}"#, "version"),
            (#"{"model_name":"m","id":"1","version":"x"}"#, "version"),
            (#"{"model_name":"m","id":"1","alias":""}"#, "alias"), (#"{"model_name":"m","id":"1","id":"2"}"#, "twice"),
            (#"{"model_name":"m","id":"1","x":{"a":1,"a":2}}"#, "twice"), (#"{"model_name":"m","id":"1"} x"#, "JSON"),
            (#"{"model_name":"m","id":"1","features":[]}"#, "features"),
            (#"{"model_name":"m","id":"1","features":{"id":2}}"#, "cannot replace"),
            (#"{"model_name":"m","ids":["1"],"features":{"2":{}}}"#, "not among"),
            (#"{"model_name":"m","ids":["1"],"features":{"1":5}}"#, "object of feature values"),
            (#"{"model_name":"m","id":"\ud800"}"#, "surrogate"),
        ])
    func wrong(_ body: String, _ named: String) throws {
        let error = #expect(throws: PalantirError.self) { try Self.parse(body) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    }

    @Test("Of many keys the first, the last and one between are found again, and none else", arguments: [1, 8, 9, 30])
    func manyKeys(_ count: Int) throws {
        func body(_ keys: [Int]) -> String {
            let members = keys.map { "\"k\($0)\":1" }.joined(separator: ",")
            return "{\"model_name\":\"m\",\"id\":\"1\",\"x\":{\(members)}}"
        }
        let keys = Array(1...count)
        #expect(try Self.parse(body(keys)).ids.count == 1)
        for again in Set([1, (count + 1) / 2, count]) {
            let error = #expect(throws: PalantirError.self) { try Self.parse(body(keys + [again])) }
            #expect(error?.message.contains("twice") == true)
        }
    }

    @Test("Ids are bounded in length and in number")
    func bounds() throws {
        let long = String(repeating: "x", count: 513)
        #expect(throws: PalantirError.self) { try Self.parse("{\"model_name\":\"m\",\"id\":\"\(long)\"}") }
        func many(_ count: Int) -> String {
            "{\"model_name\":\"m\",\"ids\":[\((0..<count).map(String.init).joined(separator: ","))]}"
        }
        #expect(try Self.parse(many(10_000)).ids.count == 10_000)
        let error = #expect(throws: PalantirError.self) { try Self.parse(many(10_001)) }
        #expect(error?.message.contains("10000") == true)
    }

    @Test("Alias and version choose, the version as number or text")
    func choices() throws {
        #expect(try Self.parse(#"{"model_name":"m","id":"1","alias":"a"}"#).model.choice == .alias("a"))
        #expect(try Self.parse(#"{"model_name":"m","id":"1","version":3}"#).model.choice == .version(3))
        #expect(try Self.parse(#"{"model_name":"m","id":"1","version":"3"}"#).model.choice == .version(3))
        #expect(try Self.parse(#"{"model_name":"m","id":"1"}"#).model.choice == .served)
    }

    @Test("Features come for the id, or by id in a batch, values byte for byte")
    func features() throws {
        let one = try Self.parse(#"{"model_name":"m","id":"1","features":{"a":1.50,"b":[ 1 ]}}"#)
        let id = try #require(EntityID("1"))
        #expect(one.features[id]?.values.map(\.value.text) == ["1.50", "[ 1 ]"])
        let batch = try Self.parse(#"{"features":{"1":{"a":2}},"model_name":"m","ids":["1","2"]}"#)
        #expect(batch.features.count == 1)
        #expect(batch.features[id]?.values.map(\.name) == ["a"])
    }
}
