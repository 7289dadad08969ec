import Foundation
import JWTKit

/// What a token says of its bearer (RFC 7519), as Palantir reads it.
struct TokenClaims: JWTPayload {
    let issuer: String
    let audiences: [String]
    let subject: String
    let expires: Date
    let notBefore: Date?
    let scopes: Set<Scope>
    let models: ModelPatterns

    private enum Claim: String, CodingKey {
        case iss, aud, sub, exp, nbf, scope, scp
        case models = "palantir_models"
    }

    init(from decoder: any Decoder) throws {
        let claims = try decoder.container(keyedBy: Claim.self)
        issuer = try claims.decode(String.self, forKey: .iss)
        audiences = try Self.texts(.aud, in: claims)
        subject = try claims.decode(String.self, forKey: .sub)
        expires = Date(timeIntervalSince1970: try claims.decode(Double.self, forKey: .exp))
        notBefore = try claims.decodeIfPresent(Double.self, forKey: .nbf).map(Date.init(timeIntervalSince1970:))
        // RFC 8693 has a text of words in `scope`; some issuers have a list in `scp`. Others' scopes are not ours to judge.
        let words = try (Self.words(.scope, in: claims) + Self.words(.scp, in: claims))
        scopes = Set(words.compactMap(Scope.init(rawValue:)))
        models = ModelPatterns(try Self.words(.models, in: claims))
    }

    /// The signature says nothing of what stands in a token: ``TokenVerifier`` looks at that.
    func verify(using algorithm: some JWTAlgorithm) {}

    func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self, .init(codingPath: [], debugDescription: "Palantir reads tokens and makes none"))
    }

    /// One text or a list of them.
    private static func texts(_ claim: Claim, in claims: KeyedDecodingContainer<Claim>) throws -> [String] {
        guard claims.contains(claim) else { return [] }
        if let text = try? claims.decode(String.self, forKey: claim) { return [text] }
        return try claims.decode([String].self, forKey: claim)
    }

    private static func words(_ claim: Claim, in claims: KeyedDecodingContainer<Claim>) throws -> [String] {
        try texts(claim, in: claims).flatMap { $0.split(separator: " ").map(String.init) }
    }
}
