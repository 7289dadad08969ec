/// What a route does, in the audit log's words; nil for routes that tell nothing of anybody.
enum AuditAction {
    static func of(route: String?) -> String? {
        switch route {
        case nil, "NotFound": "none"
        case "/livez", "/readyz", "/metrics", "/openapi.json", "/docs": nil
        case "/", "/console/{file}", "/console/status", "/console/history": nil
        case "/models/{name}/features/{id}": "features"
        case "/deployments/{name}/restart": "restart"
        // The first part of the path is what it is about: `models`, `deployments`.
        case let route?: route.split(separator: "/").first.map(String.init) ?? "none"
        }
    }
}
