import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// An error as callers read it: `{"predictions":null,"error":…,"code":…,"request_id":…}`, or RFC 9457's problem details
/// for those who ask for them.
package struct ErrorAnswer {
    package let error: PalantirError
    package let requestID: String

    package init(_ error: PalantirError, requestID: String) {
        self.error = error
        self.requestID = requestID
    }

    package func response(asProblem: Bool) -> Response {
        var headers: HTTPFields = [.contentType: Self.contentType(asProblem: asProblem)]
        if let seconds = error.secondsToRetry { headers[.retryAfter] = "\(seconds)" }
        if error.code == .unauthenticated { headers[.wwwAuthenticate] = Self.challenge }
        return Response(
            status: error.code.status, headers: headers,
            body: ResponseBody(byteBuffer: body(asProblem: asProblem)))
    }

    /// What RFC 9110, section 11.6.1, wants beside the status 401.
    static let challenge = #"Bearer realm="palantir""#

    static func contentType(asProblem: Bool) -> String {
        asProblem ? "application/problem+json" : "application/json"
    }

    func body(asProblem: Bool) -> ByteBuffer { asProblem ? problem : body }

    private var body: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSONObject { object in
            object.member("predictions", text: nil)
            object.member("error", text: error.message)
            object.member("code", text: error.code.rawValue)
            object.member("request_id", text: requestID)
        }
        return buffer
    }

    private var problem: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSONObject { object in
            object.member("type", text: "about:blank")
            object.member("title", text: error.code.status.reasonPhrase)
            object.member("status", number: error.code.status.code)
            object.member("detail", text: error.message)
            object.member("code", text: error.code.rawValue)
            object.member("request_id", text: requestID)
        }
        return buffer
    }
}

extension Request {
    /// Whether the caller prefers RFC 9457.
    var acceptsProblem: Bool {
        headers[.accept]?.contains("application/problem+json") ?? false
    }
}

extension HTTPField.Name {
    /// Names that swift-http-types does not have. The literals are valid names, so the fallback is never taken.
    package static let requestID = HTTPField.Name("x-request-id") ?? .via
    package static let requestTimeout = HTTPField.Name("x-request-timeout-ms") ?? .via
}
