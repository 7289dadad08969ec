import Crypto
import CryptoExtras
import Foundation

/// An issuer of tokens, with a key for each algorithm. It signs by swift-crypto, not by the library that verifies.
package struct TestIssuer: Sendable {
    package enum Algorithm: String, CaseIterable, Sendable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case eddsa = "EdDSA"
    }

    private let rsa: _RSA.Signing.PrivateKey
    private let ecdsa = P256.Signing.PrivateKey()
    private let eddsa = Curve25519.Signing.PrivateKey()
    private let generation: String

    package static let name = "https://issuer.test"
    package static let audience = "palantir"

    /// - Parameter generation: a part of its keys' ids.
    package init(generation: String = "1") throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        self.generation = generation
    }

    package func id(of algorithm: Algorithm) -> String { "\(algorithm.rawValue)-\(generation)" }

    /// Its JSON Web Key Set, with kinds of keys in it that nobody here knows.
    package func keySet() throws -> String {
        let (modulus, exponent) = try rsa.publicKey.getKeyPrimitives().parts
        let point = ecdsa.publicKey.rawRepresentation
        let keys: [[String: String]] = [
            ["kty": "oct", "k": "c2VjcmV0", "kid": "shared"], ["kty": "novel", "kid": "novel"],
            ["kty": "RSA", "n": modulus.base64URL, "e": exponent.base64URL, "kid": id(of: .rs256), "use": "sig"],
            [
                "kty": "EC", "crv": "P-256", "x": point.prefix(32).base64URL, "y": point.suffix(32).base64URL,
                "kid": id(of: .es256), "alg": "ES256",
            ],
            [
                "kty": "OKP", "crv": "Ed25519", "x": eddsa.publicKey.rawRepresentation.base64URL,
                "kid": id(of: .eddsa),
            ],
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: ["keys": keys]), as: UTF8.self)
    }

    /// The RSA key as a PEM text, which an attacker has too.
    package var publicPEM: String { rsa.publicKey.pemRepresentation }

    package static func claims(_ changes: [String: Any] = [:], without: Set<String> = []) -> [String: Any] {
        let now = Date().timeIntervalSince1970
        let usual: [String: Any] = [
            "iss": name, "aud": audience, "sub": "shop", "exp": now + 300, "nbf": now - 10,
            "scope": "openid predict models", "palantir_models": ["churn*"],
        ]
        return usual.merging(changes) { _, new in new }.filter { !without.contains($0.key) }
    }

    /// - Parameter header: replaces parts of the head.
    package func token(
        _ claims: [String: Any], by algorithm: Algorithm = .es256, header: [String: Any] = [:]
    ) throws -> String {
        let head = ["typ": "JWT", "alg": algorithm.rawValue, "kid": id(of: algorithm)].merging(header) { _, new in new }
        let signed = try Self.unsigned(head, claims)
        let data = Data(signed.utf8)
        let signature: Data =
            switch algorithm {
            case .rs256: try rsa.signature(for: SHA256.hash(data: data), padding: .insecurePKCS1v1_5).rawRepresentation
            case .es256: try ecdsa.signature(for: data).rawRepresentation
            case .eddsa: try eddsa.signature(for: data)
            }
        return "\(signed).\(signature.base64URL)"
    }

    /// Signed by RSA, with another padding.
    package func tokenWithPSS(_ claims: [String: Any]) throws -> String {
        let signed = try Self.unsigned(["alg": "PS256", "kid": id(of: .rs256)], claims)
        let signature = try rsa.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: .PSS)
        return "\(signed).\(signature.rawRepresentation.base64URL)"
    }

    /// Without a signature, and with one by a shared secret.
    package static func forged(_ claims: [String: Any], header: [String: Any], secret: String?) throws -> String {
        let signed = try unsigned(header, claims)
        let code = secret.map { secret in
            Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8))))
        }
        return "\(signed).\(code?.base64URL ?? "")"
    }

    private static func unsigned(_ head: [String: Any], _ claims: [String: Any]) throws -> String {
        let parts = try [head, claims].map { try JSONSerialization.data(withJSONObject: $0).base64URL }
        return parts.joined(separator: ".")
    }
}

extension _RSA.Signing.PublicKey.Primitives {
    fileprivate var parts: (Data, Data) { (Data(modulus), Data(publicExponent)) }
}

extension Data {
    /// RFC 7515, section 2.
    package var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
