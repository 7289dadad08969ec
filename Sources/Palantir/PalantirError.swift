/// The one error that crosses Palantir's seams: a code for programs, a sentence for people, a cause for the log.
///
/// Drivers translate foreign errors into it; nothing above a driver sees MySQL's or a client library's own.
/// A message holds no secret, no SQL value and no feature value, since callers read it.
package struct PalantirError: Error, Sendable {
    package let code: Code
    /// One sentence for the caller: what happened, to what, and what to do.
    package let message: String
    /// What the driver said, for the log only.
    package let cause: String?
    /// Seconds after which it is worth trying again, where that is known; else the code has its own.
    package let retryAfter: Int?

    package init(_ code: Code, _ message: String, cause: String? = nil, retryAfter: Int? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfter = retryAfter
    }

    /// The frozen list of codes; each has one HTTP status, in `PalantirServer`.
    package enum Code: String, CaseIterable, Sendable {
        case invalidRequest = "INVALID_REQUEST"
        case unauthenticated = "UNAUTHENTICATED"
        case permissionDenied = "PERMISSION_DENIED"
        case hostNotAllowed = "HOST_NOT_ALLOWED"
        case modelNotFound = "MODEL_NOT_FOUND"
        case versionNotFound = "VERSION_NOT_FOUND"
        case entityNotFound = "ENTITY_NOT_FOUND"
        case routeNotFound = "ROUTE_NOT_FOUND"
        case methodNotAllowed = "METHOD_NOT_ALLOWED"
        case requestTimeout = "REQUEST_TIMEOUT"
        case headersTooLarge = "HEADERS_TOO_LARGE"
        case bodyTooLarge = "BODY_TOO_LARGE"
        case rateLimited = "RATE_LIMITED"
        case overloaded = "OVERLOADED"
        case modelMisconfigured = "MODEL_MISCONFIGURED"
        case modelUnreachable = "MODEL_UNREACHABLE"
        case modelFailed = "MODEL_FAILED"
        case modelBadAnswer = "MODEL_BAD_ANSWER"
        case modelNotReady = "MODEL_NOT_READY"
        case modelSuspended = "MODEL_SUSPENDED"
        case registryUnavailable = "REGISTRY_UNAVAILABLE"
        case featureStoreUnavailable = "FEATURE_STORE_UNAVAILABLE"
        case deadlineExceeded = "DEADLINE_EXCEEDED"
    }
}
