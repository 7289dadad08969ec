import Foundation
import Hummingbird
import NIOCore
import Palantir

extension Request {
    /// The request's deadline: the hub's own, or an earlier one by `x-request-timeout-ms`.
    func deadline(within timeout: Duration) throws(PalantirError) -> Deadline {
        guard let text = headers[.requestTimeout] else { return .after(timeout) }
        guard let milliseconds = Int(text), (1...86_400_000).contains(milliseconds) else {
            throw .invalid("The header x-request-timeout-ms must be a number of milliseconds from 1 to 86400000.")
        }
        return .after(min(timeout, .milliseconds(milliseconds)))
    }

    /// The whole body.
    func body(upTo limit: Int) async throws(PalantirError) -> ByteBuffer {
        let tooLarge = PalantirError(
            .bodyTooLarge, "The request's body is over \(limit) bytes; ask for fewer ids at once.")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw PalantirError(.invalidRequest, "The request's body broke off.", cause: "\(error)")
        }
    }
}

extension HubRequestContext {
    /// A part of the path, percent-decoded.
    func pathParameter(_ name: String) throws(PalantirError) -> String {
        guard let raw = parameters.get(name), let text = raw.removingPercentEncoding, !text.isEmpty else {
            throw .invalid("The path's \(name) is not percent-encoded UTF-8.")
        }
        return text
    }
}
