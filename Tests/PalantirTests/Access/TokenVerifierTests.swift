import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Palantir
import PalantirTesting
import Synchronization
import Testing

@Suite("Tokens")
struct TokenVerifierTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    /// A verifier with its keys' service, whose issuer is a file or a server.
    private static func with(
        _ source: IssuerKeys.Source, interval: Duration = .milliseconds(200),
        rate: CallerRate = .unlimited, _ body: (TokenVerifier) async throws -> Void
    ) async throws {
        let client = EgressClient()
        let keys = IssuerKeys(source: source, client: client, interval: interval, logger: logger)
        let verifier = TokenVerifier(issuer: TestIssuer.name, audience: TestIssuer.audience, keys: keys, rate: rate)
        defer { client.shutdown() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await keys.run() }
            try await body(verifier)
            group.cancelAll()
        }
    }

    private static func withFile(
        _ issuer: TestIssuer, rate: CallerRate = .unlimited, _ body: (TokenVerifier) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        try issuer.keySet().write(toFile: folder + "/jwks.json", atomically: true, encoding: .utf8)
        try await with(.file(folder + "/jwks.json"), rate: rate, body)
    }

    private static func principal(_ verifier: TokenVerifier, _ token: String) async throws -> Principal {
        try await verifier.principal(token, by: .after(.seconds(30)))
    }

    private static func expectRefused(
        _ verifier: TokenVerifier, _ token: String, _ why: Comment, at location: SourceLocation = #_sourceLocation
    ) async {
        let error = await #expect(throws: PalantirError.self, why, sourceLocation: location) {
            try await principal(verifier, token)
        }
        #expect(error?.code == .unauthenticated, why, sourceLocation: location)
        #expect(error?.message == "The token is not valid here.", why, sourceLocation: location)
    }

    @Test("Each algorithm, with scopes and models by the claims", arguments: TestIssuer.Algorithm.allCases)
    func good(_ algorithm: TestIssuer.Algorithm) async throws {
        let issuer = try TestIssuer()
        try await Self.withFile(issuer) { verifier in
            let caller = try await Self.principal(verifier, issuer.token(TestIssuer.claims(), by: algorithm))
            #expect(caller.name == "jwt:shop")
            #expect(caller.scopes == [.predict, .models])
            #expect(caller.models.patterns == ["churn*"])
            let list = TestIssuer.claims(["aud": ["a", "palantir"], "scp": ["admin"]], without: ["palantir_models"])
            let other = try await Self.principal(verifier, issuer.token(list, by: algorithm))
            #expect(other.scopes == [.predict, .models, .admin])
            #expect(!other.models.allows("churn"), "without the claim, none")
            // Without a key id, where one key of the algorithm is all there is.
            let nameless = try issuer.token(TestIssuer.claims(), by: algorithm, header: ["kid": NSNull()])
            _ = try await Self.principal(verifier, nameless)
        }
    }

    @Test("A token that is not for us, not of our issuer, or not of now")
    func claims() async throws {
        let issuer = try TestIssuer()
        let now = Date().timeIntervalSince1970
        try await Self.withFile(issuer) { verifier in
            for (changes, why) in [
                (["iss": "https://other.test"], "another issuer"), (["aud": "else"], "another audience"),
                (["aud": [String]()], "no audience"), (["exp": now - 60], "expired"), (["exp": "never"], "no time"),
                (["nbf": now + 60], "not yet"), (["sub": ""], "nobody"), (["sub": 7], "no text"),
                (["scope": ["a": 1]], "a scope of another type"),
            ] as [([String: Any], Comment)] {
                await Self.expectRefused(verifier, try issuer.token(TestIssuer.claims(changes)), why)
            }
            for claim in ["iss", "aud", "sub", "exp"] {
                let token = try issuer.token(TestIssuer.claims(without: [claim]))
                await Self.expectRefused(verifier, token, "without \(claim)")
            }
            // Clocks may differ by half a minute.
            _ = try await Self.principal(verifier, issuer.token(TestIssuer.claims(["exp": now - 10, "nbf": now + 10])))
        }
    }

    @Test("No signature, a shared secret, another algorithm, another key, or changed bytes")
    func forged() async throws {
        let issuer = try TestIssuer()
        let stranger = try TestIssuer()
        let claims = TestIssuer.claims()
        try await Self.withFile(issuer) { verifier in
            for algorithm in ["none", "None", "NONE", "HS256", "HS384", ""] {
                for secret in [nil, issuer.publicPEM, "secret"] {
                    for id in [issuer.id(of: .rs256), "shared"] {
                        let token = try TestIssuer.forged(
                            claims, header: ["alg": algorithm, "kid": id], secret: secret)
                        await Self.expectRefused(verifier, token, "\(algorithm)")
                    }
                }
            }
            await Self.expectRefused(verifier, try issuer.tokenWithPSS(claims), "PS256")
            for algorithm in TestIssuer.Algorithm.allCases {
                await Self.expectRefused(verifier, try stranger.token(claims, by: algorithm), "another's key")
                // Signed by one algorithm, called another; and by one key, called another.
                for other in TestIssuer.Algorithm.allCases where other != algorithm {
                    let token = try issuer.token(claims, by: algorithm, header: ["alg": other.rawValue])
                    await Self.expectRefused(verifier, token, "\(algorithm) as \(other)")
                    let crossed = try issuer.token(claims, by: algorithm, header: ["kid": issuer.id(of: other)])
                    await Self.expectRefused(verifier, crossed, "\(algorithm) by the key of \(other)")
                }
                let good = try issuer.token(claims, by: algorithm)
                let parts = good.split(separator: ".").map(String.init)
                let better = try issuer.token(TestIssuer.claims(["sub": "root"]), by: algorithm).split(separator: ".")
                await Self.expectRefused(verifier, "\(parts[0]).\(better[1]).\(parts[2])", "another body")
                await Self.expectRefused(verifier, "\(parts[0]).\(parts[1]).", "no signature")
                await Self.expectRefused(verifier, good + ".x", "four parts")
            }
            await Self.expectRefused(
                verifier, try issuer.token(claims, header: ["crit": ["exp"], "exp": 1]), "an extension")
            for text in ["a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", String(repeating: ".", count: 100)] {
                await Self.expectRefused(verifier, text, "\(text)")
            }
        }
    }

    @Test("One subject has one quota, whatever its tokens")
    func quota() async throws {
        let issuer = try TestIssuer()
        try await Self.withFile(issuer, rate: CallerRate(requests: 1, entities: nil)) { verifier in
            let one = try await Self.principal(verifier, issuer.token(TestIssuer.claims()))
            let two = try await Self.principal(verifier, issuer.token(TestIssuer.claims(), by: .eddsa))
            let other = try await Self.principal(verifier, issuer.token(TestIssuer.claims(["sub": "other"])))
            try one.quota?.takeRequest()
            #expect(throws: PalantirError.self) { try two.quota?.takeRequest() }
            try other.quota?.takeRequest()
        }
    }

    @Test("Unknown key ids fetch the set once an interval; while the issuer is down its keys hold; new ones are found")
    func issuer() async throws {
        let issuer = try TestIssuer()
        let next = try TestIssuer(generation: "2")
        let server = IssuerServer(try issuer.keySet())
        try await server.run { url in
            try await Self.with(.url(url), interval: .seconds(2)) { verifier in
                _ = try await Self.principal(verifier, issuer.token(TestIssuer.claims()))
                #expect(server.fetches == 1)
                // Many strangers at once, and one after the other.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...200 {
                        let claims = TestIssuer.claims(["sub": "\(number)"])
                        let token = try next.token(claims, header: ["kid": "unknown-\(number)"])
                        group.addTask { await Self.expectRefused(verifier, token, "unknown") }
                    }
                    try await group.waitForAll()
                }
                #expect(server.fetches <= 2, "\(server.fetches)")
                try await Task.sleep(for: .milliseconds(2_200))
                server.answer(nil)
                await Self.expectRefused(verifier, try next.token(TestIssuer.claims()), "not known yet")
                for number in 1...3 {
                    _ = try await Self.principal(verifier, issuer.token(TestIssuer.claims(["sub": "\(number)"])))
                }
                server.answer(try next.keySet())
                try await Task.sleep(for: .milliseconds(2_200))
                let found = try await Self.principal(verifier, next.token(TestIssuer.claims(["sub": "new"])))
                #expect(found.name == "jwt:new")
                await Self.expectRefused(verifier, try issuer.token(TestIssuer.claims(["sub": "old"])), "withdrawn")
            }
        }
    }

    @Test("An issuer that was never there is told as such")
    func neverThere() async throws {
        let issuer = try TestIssuer()
        try await Self.with(.file("/nowhere/jwks.json")) { verifier in
            let token = try issuer.token(TestIssuer.claims())
            let error = await #expect(throws: PalantirError.self) { try await Self.principal(verifier, token) }
            #expect(error?.code == .unauthenticated)
            #expect(error?.retryAfter == 1)
        }
    }
}

/// Answers with a key set over HTTP, or with an error.
private final class IssuerServer: Sendable {
    private let state: Mutex<(keySet: String?, fetches: Int)>

    init(_ keySet: String) {
        state = Mutex((keySet, 0))
    }

    var fetches: Int { state.withLock { $0.fetches } }

    /// - Parameter keySet: nil for status 500.
    func answer(_ keySet: String?) {
        state.withLock { $0.keySet = keySet }
    }

    func run(_ body: (_ url: String) async throws -> Void) async throws {
        let router = Router()
        router.get("/jwks.json") { _, _ -> Response in
            let keySet = self.state.withLock { state in
                state.fetches += 1
                return state.keySet
            }
            guard let keySet else { return Response(status: .internalServerError) }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: keySet)))
        }
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "issuer", factory: { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await body("http://127.0.0.1:\(port)/jwks.json")
                break
            }
            group.cancelAll()
        }
    }
}
