import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.json` and `GET /docs`: what the hub takes and gives, for programs and for people.
struct DescriptionController {
    /// Made once, at the first request.
    static let description = ByteBuffer(bytes: PackageResources.openapi_json)
    private static let page: (html: ByteBuffer, policy: String) = {
        let style = String(decoding: PackageResources.docs_css, as: UTF8.self)
        let page = OpenAPIPage(document: OpenAPIDocument(description), style: style)
        let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
        let policy =
            "default-src 'none'; style-src 'sha256-\(hash)'; img-src data:; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'"
        return (ByteBuffer(string: page.html), policy)
    }()

    func document(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json", .xContentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: Self.description))
    }

    func page(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: Self.page.policy,
                .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: Self.page.html))
    }
}
