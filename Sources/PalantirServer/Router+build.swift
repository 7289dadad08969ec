import HTTPTypes
import Hummingbird
import Palantir

/// Every path of the hub but predictions, which ``PredictionHandler`` answers before they come here.
package func buildRouter(_ hub: Hub) -> Router<HubRequestContext> {
    let router = Router(context: HubRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: AnswerMiddleware(metrics: hub.metrics, requestIDs: hub.requestIDs, logger: hub.logger))
    router.add(middleware: HostMiddleware(limits: hub.limits))

    let models = ModelController(hub: hub)
    let deployments = DeploymentRoutes(hub: hub)
    let rayFiles = RayFileRoutes(hub: hub)
    let operations = OperationsController(hub: hub)

    router.get("/models", use: models.list)
    router.get("/models/{name}", use: models.show)
    router.get("/models/{name}/features/{id}", use: models.features)
    router.get("/deployments", use: deployments.list)
    router.get("/deployments/{name}", use: deployments.show)
    router.get("/deployments/{name}/log", use: deployments.log)
    router.post("/deployments/{name}/restart", use: deployments.restart)
    router.get("/deployments/{name}/{file}", use: rayFiles.file)
    router.get("/livez", use: operations.live)
    router.get("/readyz", use: operations.ready)
    router.get("/metrics", use: operations.metrics)

    for route in PredictionRoute.allCases {
        router.refuseOtherMethods(on: RouterPath(route.rawValue), but: .post)
    }
    router.refuseOtherMethods(on: "/deployments/{name}/restart", but: .post)
    let readable: [RouterPath] = [
        "/models", "/models/{name}", "/models/{name}/features/{id}", "/deployments", "/deployments/{name}",
        "/deployments/{name}/log", "/deployments/{name}/{file}", "/livez", "/readyz",
        "/metrics",
    ]
    for path in readable {
        router.refuseOtherMethods(on: path, but: .get)
    }
    return router
}

extension Router<HubRequestContext> {
    /// Hummingbird answers "not found" to a method that a path does not have; callers deserve to know which it has.
    fileprivate func refuseOtherMethods(on path: RouterPath, but allowed: HTTPRequest.Method) {
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
        let allow = allowed == .get ? "GET, HEAD" : allowed.rawValue
        for method in methods where method != allowed && !(allowed == .get && method == .head) {
            on(path, method: method) { request, context -> Response in
                let error = PalantirError(
                    .methodNotAllowed, "The method \(request.method.rawValue) is not allowed here; use \(allow).")
                var response = ErrorAnswer(error, requestID: context.requestID)
                    .response(asProblem: request.acceptsProblem)
                response.headers[.allow] = allow
                return response
            }
        }
    }
}
