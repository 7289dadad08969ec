import Logging
import Palantir

/// Writes an error's cause to the log: what a driver said, which callers are not told. Errors without a cause are the
/// caller's own and told to the caller.
struct ErrorLog {
    let logger: Logger

    func log(_ error: PalantirError, requestID: String) {
        guard let cause = error.cause else { return }
        logger.warning(
            "Request failed",
            metadata: [
                "request_id": "\(requestID)", "code": "\(error.code.rawValue)", "error": "\(error.message)",
                "cause": "\(cause)",
            ])
    }
}
