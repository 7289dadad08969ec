/// Who may come in, and how much they may ask.
package struct AccessSettings: Sendable {
    /// Nil: API keys are not taken.
    package let keysFile: String?
    /// Nil: tokens are not taken.
    package let tokens: TokenSettings?
    /// For each caller that has none of its own.
    package let defaultRate: CallerRate
    /// Of MLflow's webhooks; nil: they are not taken.
    package let webhookSecret: String?

    package struct TokenSettings: Hashable, Sendable {
        package let keys: IssuerKeys.Source
        package let issuer: String
        package let audience: String
    }

    package static let open = AccessSettings(keysFile: nil, tokens: nil, defaultRate: .unlimited)

    package init(
        keysFile: String?, tokens: TokenSettings?, defaultRate: CallerRate, webhookSecret: String? = nil
    ) {
        self.webhookSecret = webhookSecret
        self.keysFile = keysFile
        self.tokens = tokens
        self.defaultRate = defaultRate
    }

    /// Whether callers must say who they are.
    package var isRequired: Bool { keysFile != nil || tokens != nil }
}

extension Setting where Value == String {
    package static let keysFile = Setting(
        "PALANTIR_KEYS_FILE", flag: "keys-file", type: "path", default: "none",
        summary: "The file of API keys, which palantir keys writes; with it, callers must say who they are."
    ) { $0 }
    package static let jwtIssuer = Setting(
        "PALANTIR_JWT_ISSUER", flag: "jwt-issuer", type: "text", default: "required with PALANTIR_JWKS",
        summary: "What a token's iss must be."
    ) { $0 }
    package static let jwtAudience = Setting(
        "PALANTIR_JWT_AUDIENCE", flag: "jwt-audience", type: "text", default: "required with PALANTIR_JWKS",
        summary: "What must be among a token's aud."
    ) { $0 }
    package static let webhookSecret = Setting(
        "PALANTIR_WEBHOOK_SECRET", type: "text of 16 bytes or more", default: "none", secret: true,
        summary: "The secret of MLflow's webhooks to /webhooks/mlflow; without it they are not taken."
    ) { $0.utf8.count >= 16 ? $0 : nil }
    /// Not the server's, but in the same environment often enough that `serve` must know it.
    package static let apiKey = Setting(
        "PALANTIR_API_KEY", type: "text", default: "none", secret: true,
        summary: "The API key or token that the commands predict, models, features and deployments send."
    ) { $0 }
}

extension Setting where Value == IssuerKeys.Source {
    package static let jwks = Setting(
        "PALANTIR_JWKS", flag: "jwks", type: "path or https address", default: "none",
        summary: "The JSON Web Key Set of the issuer whose tokens are taken; http is allowed on loopback only."
    ) { IssuerKeys.Source($0) }
}

extension Setting where Value == Int {
    package static let rateRequests = integer(
        "PALANTIR_RATE_REQUESTS", flag: "rate-requests", default: 0, in: 0...1_000_000,
        summary: "Requests a second that one caller may make, unless its key says otherwise; 0 is no limit.")
    package static let rateEntities = integer(
        "PALANTIR_RATE_ENTITIES", flag: "rate-entities", default: 0, in: 0...1_000_000_000,
        summary: "Entities a second that one caller may ask for, unless its key says otherwise; 0 is no limit.")
}

extension IssuerKeys.Source {
    /// - Returns: nil for an address that anybody on the way could answer for, or that is none.
    package init?(_ text: String) {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        guard let url = ModelURI(text), url.isSecure || Settings.isLoopback(url.host) else { return nil }
        self = .url(text)
    }
}

extension AccessSettings {
    static func read(_ reading: inout SettingsReading) -> AccessSettings? {
        let keysFile = reading.value(.keysFile)
        let jwks = reading.value(.jwks)
        let (issuer, audience) = (reading.value(.jwtIssuer), reading.value(.jwtAudience))
        if reading.isSet(.jwks) != (issuer != nil) || reading.isSet(.jwks) != (audience != nil) {
            reading.problems.append(
                "PALANTIR_JWKS, PALANTIR_JWT_ISSUER and PALANTIR_JWT_AUDIENCE go together: a token that is not checked "
                    + "for all three may be meant for somebody else.")
        }
        guard let requests = reading.required(.rateRequests), let entities = reading.required(.rateEntities) else {
            return nil
        }
        var tokens: TokenSettings?
        if let jwks, let issuer, let audience { tokens = .init(keys: jwks, issuer: issuer, audience: audience) }
        return AccessSettings(
            keysFile: keysFile, tokens: tokens,
            defaultRate: CallerRate(
                requests: requests == 0 ? nil : requests, entities: entities == 0 ? nil : entities),
            webhookSecret: reading.value(.webhookSecret))
    }
}
