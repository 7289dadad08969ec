import Foundation
import Palantir
import PalantirTesting
import Testing

@Suite("The file of API keys")
struct APIKeyFileTests {
    private static func with<Result>(_ body: (APIKeyFile) throws -> Result) throws -> Result {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        return try body(APIKeyFile(path: folder + "/keys.json"))
    }

    static func key(
        _ name: String, _ secret: String, scopes: Set<Scope> = [.predict], models: [String] = ["*"],
        requests: Int? = nil, entities: Int? = nil, expires: Date? = nil
    ) -> APIKey {
        APIKey(
            name: name, digest: Array(APIKeySecret.digest(of: secret)), scopes: scopes,
            models: ModelPatterns(models), requestsPerSecond: requests, entitiesPerSecond: entities,
            // The file holds whole seconds.
            created: Date(timeIntervalSince1970: 1_764_000_000), expires: expires)
    }

    @Test("Keys come back as they were written; the file is the owner's alone and holds no secret")
    func roundTrip() throws {
        try Self.with { file in
            let secret = APIKeySecret()
            #expect(secret.text.hasPrefix("palantir_"))
            #expect(secret.text.utf8.count == "palantir_".utf8.count + 43)
            #expect(APIKeySecret().text != secret.text)
            let keys = [
                Self.key("shop", secret.text, models: ["churn*", "Ünï 'q'"], requests: 10, entities: 1_000),
                Self.key(
                    "old", "other", scopes: Set(Scope.allCases), expires: Date(timeIntervalSince1970: 1_700_000_000)),
            ]
            try file.update { $0 = keys }
            #expect(try file.load() == keys)
            let status = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect((status[.posixPermissions] as? Int) == 0o600)
            #expect(!file.isWritableByOthers)
            #expect(!(try String(contentsOfFile: file.path, encoding: .utf8)).contains(secret.text))
            // Nothing else is left beside it but the lock.
            let folder = (file.path as NSString).deletingLastPathComponent
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["keys.json", "keys.json.lock"])
        }
    }

    @Test(
        "Who may write the file is told of the file itself, and not of a link that leads to it",
        arguments: [0o600, 0o620])
    func link(mode: Int) throws {
        try Self.with { file in
            try file.update { $0 = [] }
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
            let link = APIKeyFile(path: file.path + ".link")
            try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: file.path)
            #expect(link.isWritableByOthers == (mode != 0o600))
        }
    }

    @Test("A secret opens its own key, until that ends")
    func lookUp() throws {
        let keys = APIKeys(
            [Self.key("shop", "one"), Self.key("old", "two", expires: Date(timeIntervalSinceNow: -1))],
            defaults: CallerRate(requests: 5, entities: nil))
        #expect(try keys.principal("one").name == "key:shop")
        #expect(try keys.principal("one").quota?.rate == CallerRate(requests: 5, entities: nil))
        for secret in ["two", "three", "", "onE"] {
            let error = #expect(throws: PalantirError.self) { try keys.principal(secret) }
            #expect(error?.code == .unauthenticated)
        }
    }

    @Test("Reading the file again does not refill a caller's bucket")
    func continued() throws {
        let rate = CallerRate(requests: 1, entities: nil)
        let keys = APIKeys([Self.key("shop", "one")], defaults: rate)
        try keys.principal("one").quota?.takeRequest()
        let again = APIKeys([Self.key("shop", "one"), Self.key("b", "two")], defaults: rate, continuing: keys)
        #expect(throws: PalantirError.self) { try again.principal("one").quota?.takeRequest() }
        try again.principal("two").quota?.takeRequest()
    }

    @Test(
        "What is not right is refused, and told",
        arguments: [
            ("", "no JSON"), ("[]", "no JSON object"), ("{}", "lacks the member"),
            (#"{"keys":[],"keys":[]}"#, "no JSON"),
            (#"{"keys":[{"name":"a b"}]}"#, "name is not"), (#"{"keys":[{"nom":"a"}]}"#, "unknown member \"nom\""),
            (
                #"{"keys":[{"name":"a","sha256":"00","scopes":[],"models":[],"created":"2026-01-01T00:00:00Z"}]}"#,
                "sha256"
            ),
            (
                #"{"keys":[{"name":"a","sha256":"DIGEST","scopes":["root"],"models":[],"created":"2026-01-01T00:00:00Z"}]}"#,
                "\"root\""
            ),
            (
                #"{"keys":[{"name":"a","sha256":"DIGEST","scopes":[],"models":[],"created":"2026-01-01T00:00:00Z","requests_per_second":0}]}"#,
                "rate"
            ),
            (
                #"{"keys":[{"name":"a","sha256":"DIGEST","scopes":[],"models":[],"created":"2026-01-01T00:00:00Z","expire":"2026-01-01T00:00:00Z"}]}"#,
                "\"expire\""
            ),
            (#"{"keys":[{"name":"a","sha256":"DIGEST","scopes":[],"models":[],"created":"yesterday"}]}"#, "ISO8601"),
            (#"{"keys":[KEY,KEY]}"#, "two of its keys"),
        ])
    func wrong(_ text: String, _ told: String) throws {
        let digest = String(repeating: "ab", count: 32)
        let key = #"{"name":"a","sha256":"DIGEST","scopes":[],"models":[],"created":"2026-01-01T00:00:00Z"}"#
        let text = text.replacing("KEY", with: key).replacing("DIGEST", with: digest)
        try Self.with { file in
            try text.write(toFile: file.path, atomically: true, encoding: .utf8)
            let problem = #expect(throws: APIKeyFile.Problem.self) { try file.load() }
            #expect(problem?.description.contains(told) == true, "\(problem?.description ?? "")")
            // It is not overwritten either.
            #expect(throws: APIKeyFile.Problem.self) { try file.update { $0 = [] } }
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == text)
        }
    }

    @Test("Many that write at once lose nothing, and whoever reads meanwhile finds it whole")
    func concurrent() async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let file = APIKeyFile(path: folder + "/keys.json")
        try file.update { $0 = [] }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...40 {
                group.addTask { try file.update { $0.append(Self.key("key-\(number)", "secret-\(number)")) } }
                group.addTask { _ = try file.load() }
            }
            try await group.waitForAll()
        }
        #expect(try file.load().count == 40)
    }
}
