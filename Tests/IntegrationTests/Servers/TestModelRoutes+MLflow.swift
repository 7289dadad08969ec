import HTTPTypes
import Hummingbird
import NIOCore

/// What stands where MLflow should be, as its neighbours answer, by the path after `/mlflow/`.
extension TestModelRoutes {
    static func addMLflow(to router: Router<BasicRequestContext>) {
        router.get("/mlflow/:behaviour/**") { _, context -> Response in
            switch try context.parameters.require("behaviour") {
            case "unauthenticated":
                answer(.unauthorized, "<html>You are not authenticated.</html>")
            case "denied": answer(.forbidden, #"{"error_code":"PERMISSION_DENIED"}"#)
            case "page": answer(.ok, "<html>Sign in</html>")
            case "redirecting": answer(.found, "", [.location: "/elsewhere"])
            case "failing": answer(.internalServerError, "oops")
            default: answer(.notFound, "Not Found")
            }
        }
    }

    private static func answer(
        _ status: HTTPResponse.Status, _ body: String, _ headers: HTTPFields = [:]
    ) -> Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
