import HTTPTypes
import Hummingbird
import Palantir

/// A route of the hub's router: which path, and who may come.
struct HubRoute: Sendable {
    typealias Handler = @Sendable (Request, HubRequestContext) async throws -> Response

    let method: HTTPRequest.Method
    let path: String
    let access: RouteAccess
    let handle: Handler

    static func get(_ path: String, _ access: RouteAccess, _ handle: @escaping Handler) -> HubRoute {
        HubRoute(method: .get, path: path, access: access, handle: handle)
    }

    static func post(_ path: String, _ access: RouteAccess, _ handle: @escaping Handler) -> HubRoute {
        HubRoute(method: .post, path: path, access: access, handle: handle)
    }

    /// Every route but predictions, which ``PredictionHandler`` answers before they come to the router.
    static func all(_ hub: Hub) -> [HubRoute] {
        let models = ModelController(hub: hub)
        let deployments = DeploymentRoutes(hub: hub)
        let operations = OperationsController(hub: hub)
        let console = ConsoleController(hub: hub)
        let description = DescriptionController()
        return [
            .get("/models", .scope(.models), models.list),
            .get("/models/{name}", .scope(.models), models.show),
            .get("/diagnosis", .scope(.models), DiagnosisController(hub: hub).show),
            .get("/models/{name}/entities", .scope(.features), models.entities),
            .get("/models/{name}/features/{id}", .scope(.features), models.features),
            .get("/deployments", .scope(.deployments), deployments.list),
            .get("/deployments/{name}", .scope(.deployments), deployments.show),
            .get("/deployments/{name}/log", .scope(.deployments), deployments.log),
            .post("/deployments/{name}/restart", .scope(.deployments), deployments.restart),
            // Ray's machines hold no credentials of ours: the address is the secret.
            .get("/deployments/{name}/{file}", .open, RayFileRoutes(hub: hub).file),
            // MLflow signs what it sends.
            .post("/webhooks/mlflow", .open, WebhookController(hub: hub).mlflow),
            .get("/livez", .open, operations.live),
            .get("/readyz", .open, operations.ready),
            .get("/metrics", .scope(.admin), operations.metrics),
            // The console's files hold nothing of anybody; what they show is asked for with the caller's key.
            .get("/", .open, console.page),
            .get("/console/{file}", .open, console.file),
            .get("/console/status", .open, console.status),
            .get("/console/caller", .caller, console.caller),
            .get("/console/history", .scope(.admin), console.history),
            .get("/openapi.json", .open, description.document),
            .get("/docs", .open, description.page),
        ]
    }
}

/// Who may come to a route.
enum RouteAccess: Hashable, Sendable {
    /// Everybody, unasked.
    case open
    /// Whoever says who he is, whatever he may do.
    case caller
    case scope(Scope)
}
