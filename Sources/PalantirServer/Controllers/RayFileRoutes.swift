import HTTPTypes
import Hummingbird
import NIOPosix
import Palantir

/// `GET /deployments/code/{file}` and `GET /deployments/artifacts/{file}`: what Ray's machines fetch. They hold no
/// credentials of ours, so an artifact's address is a secret itself where there is a key to make one.
struct RayFileRoutes {
    let hub: Hub
    private let files = FileIO(threadPool: .singleton)

    init(hub: Hub) {
        self.hub = hub
    }

    func code(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let name = try context.pathParameter("file")
        guard let code = hub.rayFiles?.code, code.name == name else { throw Self.nothing(name) }
        return Response(status: .ok, headers: Self.headers, body: ResponseBody(byteBuffer: code.archive))
    }

    func artifacts(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let name = try context.pathParameter("file")
        guard let path = hub.rayFiles?.archive(named: name) else { throw Self.nothing(name) }
        return Response(
            status: .ok, headers: Self.headers, body: try await files.loadFile(path: path, context: context))
    }

    private static let headers: HTTPFields = [.contentType: "application/zip"]

    /// Without the name, which may be half a secret.
    private static func nothing(_ name: String) -> PalantirError {
        PalantirError(.routeNotFound, "The hub has no such file for Ray.")
    }
}
