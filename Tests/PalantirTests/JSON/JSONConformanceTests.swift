import Foundation
import NIOCore
import Palantir
import Testing

@Suite("RFC 8259: requests and answers of models take what it allows, and nothing else")
struct JSONConformanceTests {
    @Test("There are enough cases, and each stands once")
    func cases() {
        #expect(JSONCase.all.count >= 500)
        #expect(Set(JSONCase.all.map { $0.rule + $0.written }).count == JSONCase.all.count)
    }

    @Test("As a text", arguments: JSONCase.all)
    func text(_ one: JSONCase) {
        let isValid = (try? JSONText(validating: ByteBuffer(bytes: one.bytes))) != nil
        #expect(isValid == (one.verdict != .refused))
    }

    @Test("In a request, as a field that is not known and as a feature's value", arguments: JSONCase.all)
    func request(_ one: JSONCase) throws {
        let unknown = Self.around(one, #"{"model_name":"m","id":"1","x":"#, "}")
        #expect(((try? PredictionRequest(json: unknown)) != nil) == (one.verdict == .accepted))
        let feature = Self.around(one, #"{"model_name":"m","id":"1","features":{"x":"#, "}}")
        let request = try? PredictionRequest(json: feature)
        #expect((request != nil) == (one.verdict == .accepted))
        if let value = request?.features.values.first?.values.first?.value {
            #expect(Self.trimmed(Array(value.bytes.readableBytesView)) == Self.trimmed(one.bytes))
        }
    }

    @Test("In a model's answer, as a label's value and beside the predictions", arguments: JSONCase.all)
    func answer(_ one: JSONCase) throws {
        let id = try #require(EntityID("a"))
        let label = Self.around(one, #"{"predictions":{"a":{"p":"#, "}}}")
        let found = try? ValuesContract.predictions(in: label, for: [id], of: "m").first?.get()
        #expect((found != nil) == (one.verdict != .refused))
        if let found {
            #expect(Array(found.bytes.readableBytesView) == Array(#"{"p":"#.utf8) + one.bytes + Array("}".utf8))
        }
        let beside = Self.around(one, #"{"x":"#, #","predictions":{"a":{"p":1}}}"#)
        #expect(((try? ValuesContract.predictions(in: beside, for: [id], of: "m")) != nil) == (one.verdict != .refused))
    }

    @Test("Foundation says the same, where it is a judge", arguments: JSONCase.all.filter { !$0.isBeyondFoundation })
    func foundation(_ one: JSONCase) {
        let value = try? JSONSerialization.jsonObject(with: Data(one.bytes), options: .fragmentsAllowed)
        #expect((value != nil) == (one.verdict != .refused))
    }

    @Test(
        "A string becomes the id that Foundation reads",
        arguments: JSONCase.all.filter {
            $0.verdict == .accepted && !$0.isBeyondFoundation && $0.written.hasPrefix("\"")
        })
    func id(_ one: JSONCase) throws {
        let text = try #require(
            JSONSerialization.jsonObject(with: Data(one.bytes), options: .fragmentsAllowed) as? String)
        let request = try? PredictionRequest(json: Self.around(one, #"{"model_name":"m","id":"#, "}"))
        #expect(request?.ids.first.map { Array($0.text.utf8) } == (text.isEmpty ? nil : Array(text.utf8)))
    }

    @Test("Half of a surrogate pair is no id", arguments: JSONCase.surrogates.filter { $0.rule.hasSuffix("pair") })
    func halfOfAPair(_ one: JSONCase) {
        let error = #expect(throws: PalantirError.self) {
            try PredictionRequest(json: Self.around(one, #"{"model_name":"m","id":"#, "}"))
        }
        #expect(error?.message.contains("surrogate") == true)
    }

    @Test("Sixty-four levels are taken, in each place, and no more", arguments: [("[", "]"), (#"{"a":"#, "}")])
    func depth(_ open: String, _ close: String) {
        func nested(_ levels: Int, in head: String, _ tail: String) -> ByteBuffer {
            let value = String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
            return ByteBuffer(string: head + value + tail)
        }
        func isText(_ levels: Int) -> Bool { (try? JSONText(validating: nested(levels, in: "", ""))) != nil }
        func isRequest(_ levels: Int) -> Bool {
            (try? PredictionRequest(json: nested(levels, in: #"{"model_name":"m","id":"1","x":"#, "}"))) != nil
        }
        func isAnswer(_ levels: Int) -> Bool {
            let answer = nested(levels, in: #"{"predictions":{"a":{"p":"#, "}}}")
            return (try? ValuesContract.predictions(in: answer, for: [], of: "m")) != nil
        }
        #expect(isText(64) && !isText(65) && !isText(100_000))
        #expect(isRequest(63) && !isRequest(64) && !isRequest(100_000))
        #expect(isAnswer(61) && !isAnswer(62) && !isAnswer(100_000))
    }

    private static func around(_ one: JSONCase, _ head: String, _ tail: String) -> ByteBuffer {
        ByteBuffer(bytes: Array(head.utf8) + one.bytes + Array(tail.utf8))
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
    }
}
