import HTTPTypes
import Hummingbird
import Palantir

/// Every path of the hub but predictions, which `PredictionHandler` answers before they come here.
package func buildRouter(_ hub: Hub) -> Router<HubRequestContext> {
    let router = Router(context: HubRequestContext.self, options: .autoGenerateHeadEndpoints)
    let routes = HubRoute.all(hub)
    router.add(middleware: AnswerMiddleware(hub: hub, authorization: RouteAuthorization(hub: hub, routes: routes)))

    for route in routes {
        router.on(RouterPath(route.path), method: route.method, use: route.handle)
        router.refuseOtherMethods(on: RouterPath(route.path), but: route.method)
    }
    for route in PredictionRoute.allCases {
        router.refuseOtherMethods(on: RouterPath(route.rawValue), but: .post)
    }
    return router
}

extension Router<HubRequestContext> {
    /// Hummingbird answers "not found" to a method that a path does not have; callers deserve to know which it has.
    fileprivate func refuseOtherMethods(on path: RouterPath, but allowed: HTTPRequest.Method) {
        let allow = allowed == .get ? "GET, HEAD" : allowed.rawValue
        for method in HTTPRequest.Method.arriving where method != allowed && !(allowed == .get && method == .head) {
            on(path, method: method) { request, _ -> Response in
                throw MethodNotAllowed(method: request.method, allow: allow)
            }
        }
    }
}

/// A path is there, but not for this method.
struct MethodNotAllowed: Error {
    let method: HTTPRequest.Method
    /// As the header `allow` has it.
    let allow: String

    var answer: PalantirError {
        PalantirError(.methodNotAllowed, "The method \(method.rawValue) is not allowed here; use \(allow).")
    }
}

extension HTTPRequest.Method {
    /// Every method that the parser of requests lets through (`HTTP_METHOD_MAP` of llhttp); others are not HTTP to it.
    /// `M-SEARCH` arrives under the name that SwiftNIO has for it.
    fileprivate static let arriving = [
        "ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "MERGE", "MKACTIVITY",
        "MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH",
        "PURGE", "PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK",
        "UNLOCK", "UNSUBSCRIBE",
    ].compactMap(HTTPRequest.Method.init(_:))
}
