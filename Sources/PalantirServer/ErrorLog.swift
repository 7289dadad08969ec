import Logging
import Palantir

/// Writes an error's cause to the log: what a driver said, which callers are not told. Errors without a cause are the
/// caller's own and told to the caller.
struct ErrorLog {
    let logger: Logger

    /// - Parameter trace: the request's, to find it there.
    func log(_ error: PalantirError, requestID: String, trace: TraceID? = nil) {
        guard let cause = error.cause else { return }
        var metadata: Logger.Metadata = [
            "request_id": "\(requestID)", "code": "\(error.code.rawValue)", "error": "\(error.message)",
            "cause": "\(cause)",
        ]
        if let trace { metadata["trace_id"] = "\(trace.text)" }
        logger.warning("Request failed", metadata: metadata)
    }
}
