import HTTPTypes
import Palantir

extension PalantirError.Code {
    /// The one place that says which status a code has.
    package var status: HTTPResponse.Status {
        switch self {
        case .invalidRequest: .badRequest
        case .unauthenticated: .unauthorized
        case .permissionDenied, .hostNotAllowed: .forbidden
        case .modelNotFound, .versionNotFound, .entityNotFound, .routeNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .requestTimeout: .requestTimeout
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge: .contentTooLarge
        case .rateLimited: .tooManyRequests
        case .modelMisconfigured: .internalServerError
        case .modelUnreachable, .modelFailed, .modelBadAnswer: .badGateway
        case .overloaded, .modelNotReady, .modelSuspended, .registryUnavailable, .featureStoreUnavailable:
            .serviceUnavailable
        case .deadlineExceeded: .gatewayTimeout
        }
    }

    /// Seconds after which trying again is worth it; nil where time alone mends nothing.
    fileprivate var retryAfter: Int? {
        switch self {
        case .overloaded, .rateLimited, .modelNotReady, .modelSuspended, .registryUnavailable,
            .featureStoreUnavailable:
            1
        default: nil
        }
    }
}

extension PalantirError {
    /// What the header `retry-after` says; nil for none.
    package var secondsToRetry: Int? { retryAfter ?? code.retryAfter }
}
