import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// A file of the console, embedded in the program from the folder `Files` beside this one.
struct ConsoleFile: Sendable {
    private let contents: ByteBuffer
    private let type: String
    /// Changes with the contents.
    private let tag: String

    /// The one that `/` answers with.
    static let page = "index.html"

    /// Every file, by its name.
    static func all() -> [String: ConsoleFile] {
        embedded.mapValues { ConsoleFile($0.bytes, $0.kind) }
    }

    /// A kind of file, as its content type.
    enum Kind: String {
        case html = "text/html; charset=utf-8"
        case script = "text/javascript; charset=utf-8"
        case style = "text/css; charset=utf-8"
        case image = "image/svg+xml"
    }

    private init(_ bytes: [UInt8], _ kind: Kind) {
        contents = ByteBuffer(bytes: bytes)
        type = kind.rawValue
        tag = "\"\(String(Checksum.of(Data(bytes)), radix: 16))\""
    }

    /// Whole, or 304 to a browser that has it.
    func response(to request: Request) -> Response {
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        for (name, value) in Self.protection { headers[name] = value }
        let known = request.headers[values: .ifNoneMatch].flatMap { $0.split(separator: ",") }
        if known.contains(where: { $0.trimmingCharacters(in: .whitespaces).replacing("W/", with: "") == tag }) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = type
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: contents))
    }

    /// Nothing but what the hub itself serves is loaded, run, asked or framed.
    private static let protection: [(HTTPField.Name, String)] = [
        (
            .contentSecurityPolicy,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        (.xContentTypeOptions, "nosniff"), (.referrerPolicy, "no-referrer"),
    ]
}

extension HTTPField.Name {
    // A name that swift-http-types does not have. The literal is a valid name, so the fallback is never taken.
    static let referrerPolicy = HTTPField.Name("referrer-policy") ?? .via
}
