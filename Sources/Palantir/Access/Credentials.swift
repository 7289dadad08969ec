/// What a request brings along to say who calls.
package enum Credentials: Hashable, Sendable {
    case none
    case apiKey(String)
    case token(String)

    /// Longer than any token that an issuer makes, shorter than a request's head may be.
    private static let longest = 8_192

    /// From the headers `authorization: Bearer …` and `x-api-key`. A token has dots; no key of ours has.
    ///
    /// - Throws: `UNAUTHENTICATED` if they are of another form, or tell of two callers.
    package init(authorization: String?, apiKey: String?) throws(PalantirError) {
        guard authorization != nil || apiKey != nil else {
            self = .none
            return
        }
        var texts: [Substring] = []
        if let authorization {
            let scheme = authorization.prefix { $0 != " " }
            guard scheme.lowercased() == "bearer" else {
                throw .unauthenticated("The header authorization must be `Bearer` and an API key or a token.")
            }
            texts.append(authorization.dropFirst(scheme.count).trimmingSpaces)
        }
        if let apiKey { texts.append(apiKey.trimmingSpaces) }
        guard let text = texts.first, !text.isEmpty, text.utf8.count <= Self.longest,
            texts.allSatisfy({ $0.utf8.elementsEqual(text.utf8) })
        else { throw .unauthenticated("The credentials are empty, too long, or of two callers; send one.") }
        self = text.utf8.contains(UInt8(ascii: ".")) ? .token(String(text)) : .apiKey(String(text))
    }
}

extension PalantirError {
    package static func unauthenticated(_ message: String, cause: String? = nil) -> PalantirError {
        PalantirError(.unauthenticated, message, cause: cause)
    }
}
