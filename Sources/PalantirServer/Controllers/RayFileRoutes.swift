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

    /// One route for both, at which `name` stands for a model elsewhere: the router does not try another way, so with
    /// routes of their own a model called `code` would have no log.
    func file(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let (folder, name) = (try context.pathParameter("name"), try context.pathParameter("file"))
        if folder == "code", let code = hub.rayFiles?.code, code.name == name {
            return Self.zip(ResponseBody(byteBuffer: code.archive))
        }
        if folder == "artifacts", let path = hub.rayFiles?.archive(named: name) {
            return Self.zip(try await files.loadFile(path: path, context: context))
        }
        // Without the name, which may be half a secret.
        throw PalantirError(.routeNotFound, "The hub has no such file.")
    }

    private static func zip(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: [.contentType: "application/zip"], body: body)
    }
}
