import Crypto
import Foundation
import JWTKit
import Synchronization

/// Who bears a token (RFC 7519), by what its issuer signed: RS256, ES256 or EdDSA, issuer, audience and time as they
/// must be.
///
/// A token that was found right is remembered, since one request in a thousand brings a new one.
package final class TokenVerifier: Sendable {
    package let issuer: String
    package let audience: String
    package let keys: IssuerKeys
    private let quotas: CallerQuotas
    private let known = Mutex<[SHA256.Digest: Known]>([:])

    private struct Known {
        let principal: Principal
        let until: Date
    }

    /// Clocks of two machines may differ so far.
    private static let leeway: TimeInterval = 30
    /// A key that its issuer withdrew lets nobody in for longer.
    private static let memory: TimeInterval = 60
    private static let maximumKnown = 10_000

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let crit: [String]?
    }

    package init(issuer: String, audience: String, keys: IssuerKeys, rate: CallerRate) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
        quotas = CallerQuotas(rate)
    }

    /// - Throws: `UNAUTHENTICATED`. What of a token is wrong stands in the log: whoever forges one learns nothing by it.
    package func principal(_ token: String, by deadline: Deadline) async throws(PalantirError) -> Principal {
        let digest = SHA256.hash(data: Data(token.utf8))
        let now = Date()
        if let known = known.withLock({ $0[digest] }), known.until > now { return known.principal }
        let claims = try await claims(of: token, by: deadline)
        try check(claims, at: now)
        let principal = Principal(
            name: "jwt:\(claims.subject)", scopes: claims.scopes, models: claims.models,
            quota: quotas.quota(of: claims.subject))
        let until = min(claims.expires.addingTimeInterval(Self.leeway), now.addingTimeInterval(Self.memory))
        known.withLock { known in
            if known.count >= Self.maximumKnown { known = [:] }
            known[digest] = Known(principal: principal, until: until)
        }
        return principal
    }

    private func claims(of token: String, by deadline: Deadline) async throws(PalantirError) -> TokenClaims {
        let parser = DefaultJWTParser()
        guard let parts = try? parser.getTokenParts(Array(token.utf8)),
            let json = Data(base64URL: parts.header), let header = try? JSONDecoder().decode(Header.self, from: json)
        else { throw Self.refused("it is no JSON Web Token") }
        // Neither `none` nor a shared secret is among them.
        guard let algorithm = IssuerKey.Algorithm(rawValue: header.alg) else {
            throw Self.refused("its algorithm is not RS256, ES256 or EdDSA")
        }
        guard header.crit == nil else { throw Self.refused("it wants an extension that is not known here") }
        guard let key = await keys.key(header.kid, algorithm, by: deadline) else {
            throw keys.areKnown
                ? Self.refused("it is signed by a key that its issuer does not tell of")
                : PalantirError(
                    .unauthenticated, "The keys of the tokens' issuer could not be fetched yet; try again shortly.",
                    retryAfter: 1)
        }
        do {
            return try await key.claims(of: token)
        } catch {
            // Without the library's words, which may quote the token.
            throw Self.refused("its signature or its claims are not right")
        }
    }

    private func check(_ claims: TokenClaims, at now: Date) throws(PalantirError) {
        guard claims.issuer == issuer else { throw Self.refused("it is of another issuer") }
        guard claims.audiences.contains(audience) else { throw Self.refused("it is for another audience") }
        guard claims.expires.addingTimeInterval(Self.leeway) > now else { throw Self.refused("it has expired") }
        if let start = claims.notBefore, start.addingTimeInterval(-Self.leeway) > now {
            throw Self.refused("it is not valid yet")
        }
        guard !claims.subject.isEmpty else { throw Self.refused("it names no subject") }
    }

    private static func refused(_ why: String) -> PalantirError {
        .unauthenticated("The token is not valid here.", cause: why)
    }
}

/// The quotas of callers that are known by their tokens only.
private final class CallerQuotas: Sendable {
    private let rate: CallerRate
    private let quotas = Mutex<[String: CallerQuota]>([:])

    /// Only whom the issuer vouches for gets one, so that a caller cannot shake off his own by making up names.
    private static let maximum = 100_000

    init(_ rate: CallerRate) {
        self.rate = rate
    }

    func quota(of subject: String) -> CallerQuota? {
        guard let new = CallerQuota(rate) else { return nil }
        return quotas.withLock { quotas in
            if let quota = quotas[subject] { return quota }
            if quotas.count >= Self.maximum { quotas = [:] }
            quotas[subject] = new
            return new
        }
    }
}

extension Data {
    /// base64url without padding (RFC 7515, section 2).
    fileprivate init?(base64URL bytes: some Collection<UInt8>) {
        var text = String(decoding: bytes, as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        self.init(base64Encoded: text)
    }
}
