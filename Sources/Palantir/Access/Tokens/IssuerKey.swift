import Foundation
import JWTKit

/// A public key of an issuer, for one algorithm: a token cannot choose another one for it.
struct IssuerKey: Sendable {
    enum Algorithm: String, Sendable {
        case rs256 = "RS256"
        case es256 = "ES256"
        case eddsa = "EdDSA"
    }

    let id: String?
    let algorithm: Algorithm
    private let collection: JWTKeyCollection

    /// The keys of a JSON Web Key Set (RFC 7517) that can be used; others in it, of kinds that are not known here, do not
    /// matter.
    ///
    /// - Throws: if it is no such set.
    static func keys(in set: Data) async throws -> [IssuerKey] {
        var keys: [IssuerKey] = []
        for candidate in try JSONDecoder().decode(KeySet.self, from: set).keys {
            if let key = await IssuerKey(candidate) { keys.append(key) }
        }
        return keys
    }

    private struct KeySet: Decodable {
        let keys: [Candidate]
    }

    private struct Candidate: Decodable {
        /// Nil: of a kind that is not known here.
        let key: JWK?
        let use: String?

        private enum Member: String, CodingKey { case use }

        init(from decoder: any Decoder) throws {
            key = try? JWK(from: decoder)
            use = try? decoder.container(keyedBy: Member.self).decode(String.self, forKey: .use)
        }
    }

    /// What a collection of one key calls it.
    private static let only = JWKIdentifier(string: "only")

    private init?(_ candidate: Candidate) async {
        guard var key = candidate.key, candidate.use ?? "sig" == "sig" else { return nil }
        let algorithm: Algorithm? =
            switch key.keyType.rawValue {
            case "RSA": .rs256
            case "EC" where key.curve?.rawValue == "P-256": .es256
            case "OKP" where key.curve?.rawValue == "Ed25519": .eddsa
            default: nil
            }
        guard let algorithm, key.algorithm.map({ $0.rawValue == algorithm.rawValue }) ?? true else { return nil }
        id = key.keyIdentifier?.string
        self.algorithm = algorithm
        key.algorithm = JWK.Algorithm(rawValue: algorithm.rawValue)
        key.keyIdentifier = Self.only
        // Not ours to have.
        key.privateExponent = nil
        collection = JWTKeyCollection()
        // It refuses RSA keys of less than 2,048 bits, points that are not on the curve, and the like.
        guard (try? await collection.add(jwk: key)) != nil else { return nil }
    }

    /// - Throws: if the signature is not this key's, or the claims are not right.
    func claims(of token: String) async throws -> TokenClaims {
        try await collection.verify(token, as: TokenClaims.self)
    }
}
