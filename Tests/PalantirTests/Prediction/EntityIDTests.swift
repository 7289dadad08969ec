import Palantir
import Testing

@Suite("Entity ids")
struct EntityIDTests {
    @Test("Ids are 1 to 512 bytes")
    func length() {
        #expect(EntityID("") == nil)
        #expect(EntityID(String(repeating: "x", count: 512)) != nil)
        #expect(EntityID(String(repeating: "x", count: 513)) == nil)
        #expect(EntityID(String(repeating: "é", count: 257)) == nil)
    }

    @Test("Ids are equal byte for byte, not by canonical equivalence")
    func equality() {
        #expect("caf\u{E9}" == "cafe\u{301}", "Swift's strings are equal")
        #expect(EntityID("caf\u{E9}") != EntityID("cafe\u{301}"))
        #expect(EntityID("a") == EntityID("a"))
        #expect(EntityID("a") != EntityID("A"))
        #expect(Set([EntityID("caf\u{E9}"), EntityID("cafe\u{301}")]).count == 2)
    }

    @Test(
        "Canonical integers are integers",
        arguments: ["0", "1", "-1", "42", "9223372036854775807", "-9223372036854775808"])
    func signed(_ text: String) {
        #expect(CanonicalInteger(text) == Int64(text).map(CanonicalInteger.signed))
    }

    @Test("Beyond 64 signed bits they are unsigned, beyond 64 bits nothing")
    func unsigned() {
        #expect(CanonicalInteger("9223372036854775808") == .unsigned(9_223_372_036_854_775_808))
        #expect(CanonicalInteger("18446744073709551615") == .unsigned(.max))
        #expect(CanonicalInteger("18446744073709551616") == nil)
    }

    @Test(
        "Any other spelling is none",
        arguments: ["", "01", "+1", "-0", "1abc", " 1", "1 ", "1.0", "1e0", "0x1", "\u{661}", "--1", "-"])
    func notCanonical(_ text: String) {
        #expect(CanonicalInteger(text) == nil)
    }
}
