import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `GET /livez`, `/readyz` and `/metrics`.
struct OperationsController {
    let hub: Hub

    /// Alive: the process answers. It says nothing of the components, since restarting mends none of them.
    func live(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        .json { buffer in buffer.writeJSONObject { $0.member("status", text: "live") } }
    }

    /// Ready: there are models to serve and a store to read from. A stale mirror is ready, and says how stale.
    func ready(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let readiness = Readiness(of: hub)
        var response = Response.json { readiness.write(to: &$0) }
        if !readiness.isReady { response.status = .serviceUnavailable }
        return response
    }

    func metrics(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: hub.metrics.text(of: hub)))
    }
}
