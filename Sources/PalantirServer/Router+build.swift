import HTTPTypes
import Hummingbird
import Palantir

/// Every path of the hub but predictions, which ``PredictionHandler`` answers before they come here.
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
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
        let allow = allowed == .get ? "GET, HEAD" : allowed.rawValue
        for method in methods where method != allowed && !(allowed == .get && method == .head) {
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
