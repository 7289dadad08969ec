import Palantir
import Testing

@Suite("Trace Context")
struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test(
        "What is exactly a traceparent is read, and written as it was",
        arguments: [
            ("00-\(trace)-\(span)-01", true), ("00-\(trace)-\(span)-00", false), ("00-\(trace)-\(span)-03", true),
            ("00-\(trace)-\(span)-fe", false), ("cc-\(trace)-\(span)-01", true),
            ("cc-\(trace)-\(span)-01-what-the-future-will-be", true),
            ("00-00000000000000000000000000000001-\(span)-01", true),
        ])
    func right(_ text: String, _ isSampled: Bool) throws {
        let context = try #require(TraceContext(parents: [text], states: []))
        #expect(context.isSampled == isSampled)
        #expect(context.parent == "00-\(text.dropFirst(3).prefix(49))-0\(isSampled ? 1 : 0)")
        #expect(context.state == nil)
    }

    @Test(
        "Anything else is none",
        arguments: [
            [], [""], ["00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01"], ["ff-\(trace)-\(span)-01"],
            ["00-\(trace)-\(span)-01-more"], ["00-\(trace)-\(span)-01-"], ["cc-\(trace)-\(span)-01.more"],
            ["00-\(trace.uppercased())-\(span)-01"], ["00-\(trace)-\(span)-1"], ["00-\(trace)-\(span)-0g"],
            ["00-00000000000000000000000000000000-\(span)-01"], ["00-\(trace)-0000000000000000-01"],
            [" 00-\(trace)-\(span)-01"], ["00_\(trace)-\(span)-01"], ["0-\(trace)-\(span)-01"],
            ["00-\(trace)\(span)--01"], ["00-\(trace)-\(span)-٠١"], ["+0-\(trace)-\(span)-01"],
        ] as [[String]])
    func wrong(_ parents: [String]) {
        #expect(TraceContext(parents: parents, states: []) == nil)
    }

    @Test(
        "A tracestate is passed on if it is right, and else left out",
        arguments: [
            (["a=1"], "a=1"), (["a=1, b=2 ", "c@x=3"], "a=1,b=2,c@x=3"), (["a=1,,b=2"], "a=1,b=2"),
            (["a= x y"], "a= x y"), (["0t@vendor_-*/=~!"], "0t@vendor_-*/=~!"),
            ([], nil), ([""], nil), (["a"], nil), (["=1"], nil), (["a="], nil), (["A=1"], nil), (["a=1=2"], nil),
            (["a=1,a=2"], nil), (["a=\u{1}"], nil), (["a=é"], nil), (["_a=1"], nil), (["a b=1"], nil),
            ([(0..<33).map { "k\($0)=1" }.joined(separator: ",")], nil),
            (["a=" + String(repeating: "x", count: 256)], "a=" + String(repeating: "x", count: 256)),
            (["a=" + String(repeating: "x", count: 257)], nil),
            ([(0..<3).map { "k\($0)=" + String(repeating: "x", count: 200) }.joined(separator: ",")], nil),
        ] as [([String], String?)])
    func state(_ states: [String], _ expected: String?) throws {
        let context = try #require(TraceContext(parents: ["00-\(Self.trace)-\(Self.span)-01"], states: states))
        #expect(context.state == expected)
    }
}
