import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import Palantir

/// `GET /deployments/code/{file}`, `GET /deployments/artifacts/{file}` and `GET /deployments/trials/{file}`: what Ray's
/// machines fetch. They hold no credentials of ours, so an artifact's address, and that of a row to try a version on, is
/// a secret itself where there is a key to make one.
struct RayFileRoutes {
    let hub: Hub
    private let files = FileIO(threadPool: .singleton)

    /// Of the look-up of a row; Ray asks for longer.
    private static let trialTimeout = Duration.seconds(10)

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
        if folder == "trials", let row = await trial(named: name) {
            return Response(
                status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: row))
        }
        // Without the name, which may be half a secret.
        throw PalantirError(.routeNotFound, "The hub has no such file.")
    }

    /// The row for a version that is deployed, or is to be.
    private func trial(named name: String) async -> ByteBuffer? {
        let versions = hub.registry.models.compactMap(\.deployable)
        guard let deployable = hub.rayFiles?.deployable(ofTrial: name, among: versions) else { return nil }
        return await TrialRow(features: hub.features).request(for: deployable, by: .after(Self.trialTimeout))
    }

    private static func zip(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: [.contentType: "application/zip"], body: body)
    }
}
