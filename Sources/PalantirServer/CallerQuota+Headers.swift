import HTTPTypes
import Palantir

extension CallerQuota.State {
    /// `ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` of draft-ietf-httpapi-ratelimit-headers-06.
    var headers: [(name: HTTPField.Name, value: String)] {
        [(.rateLimit, "\(limit)"), (.rateLimitRemaining, "\(remaining)"), (.rateLimitReset, "\(reset)")]
    }
}

extension HTTPField.Name {
    // Names that swift-http-types does not have. The literals are valid names, so the fallback is never taken.
    static let rateLimit = HTTPField.Name("ratelimit-limit") ?? .via
    static let rateLimitRemaining = HTTPField.Name("ratelimit-remaining") ?? .via
    static let rateLimitReset = HTTPField.Name("ratelimit-reset") ?? .via
    static let apiKey = HTTPField.Name("x-api-key") ?? .via
}
