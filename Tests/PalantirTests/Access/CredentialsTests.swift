import Palantir
import Testing

@Suite("Credentials and who they stand for")
struct CredentialsTests {
    @Test("A key or a token, in either header")
    func forms() throws {
        #expect(try Credentials(authorization: nil, apiKey: nil) == .none)
        #expect(try Credentials(authorization: "Bearer palantir_x", apiKey: nil) == .apiKey("palantir_x"))
        #expect(try Credentials(authorization: "bEARER  palantir_x ", apiKey: "palantir_x") == .apiKey("palantir_x"))
        #expect(try Credentials(authorization: nil, apiKey: "palantir_x") == .apiKey("palantir_x"))
        #expect(try Credentials(authorization: "Bearer a.b.c", apiKey: nil) == .token("a.b.c"))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            ("Basic dXNlcjpwYXNz", nil), ("Bearer", nil), ("Bearer ", nil), ("", nil), (nil, ""), ("palantir_x", nil),
            ("Bearer palantir_x", "palantir_y"), ("Bearer " + String(repeating: "x", count: 9_000), nil),
        ] as [(String?, String?)])
    func refused(_ authorization: String?, _ apiKey: String?) {
        let error = #expect(throws: PalantirError.self) {
            try Credentials(authorization: authorization, apiKey: apiKey)
        }
        #expect(error?.code == .unauthenticated)
    }

    @Test("Models are allowed by name, whole")
    func patterns() {
        let models = ModelPatterns(["churn", "risk-*", "eu/?"])
        for name in ["churn", "risk-", "risk-a/b", "eu/1"] { #expect(models.allows(name), "\(name)") }
        for name in ["churn2", "Churn", "a churn", "risk", "eu/12", "", "churn\0evil", "churn\n"] {
            #expect(!models.allows(name), "\(name.debugDescription)")
        }
        #expect(ModelPatterns.all.allows("anything\0"))
        #expect(!ModelPatterns.none.allows(""))
    }

    @Test("Of a name that reads in two ways only the readings that a caller may use are tried")
    func readings() throws {
        let reference = ModelReference(name: "churn@champion")
        func caller(_ patterns: [String]) -> Principal {
            Principal(name: "test", scopes: [], models: ModelPatterns(patterns))
        }
        #expect(try caller(["*"]).readings(of: reference) == reference)
        let alias = try caller(["churn"]).readings(of: reference)
        #expect(alias.candidates.map(\.choice) == [.alias("champion")])
        #expect(alias.candidates.map(\.name.text) == ["churn"])
        let model = try caller(["churn@*"]).readings(of: reference)
        #expect(model.candidates.map(\.name.text) == ["churn@champion"])
        let error = #expect(throws: PalantirError.self) { try caller(["risk"]).readings(of: reference) }
        #expect(error?.code == .permissionDenied)
    }
}
