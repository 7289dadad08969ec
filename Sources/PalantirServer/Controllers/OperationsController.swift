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
        let mirror = hub.registry.status
        let store = hub.probe.current
        let isDraining = hub.drain.hasBegun
        var isReady = mirror.age != nil && !isDraining
        var storeError: PalantirError?
        switch store {
        case .reachable: break
        case .unknown: isReady = false
        case .unreachable(let error):
            isReady = false
            storeError = error
        }
        var response = Response.json { buffer in
            buffer.writeJSONObject { object in
                object.member("status", text: isReady ? "ready" : isDraining ? "draining" : "not ready")
                object.member("registry") { buffer in
                    buffer.writeJSONObject { object in
                        object.member("models", number: mirror.models)
                        object.member("age_seconds", seconds: mirror.age)
                        object.member("error", text: mirror.lastError)
                    }
                }
                object.member("feature_store") { buffer in
                    buffer.writeJSONObject { object in
                        if case .reachable = store {
                            object.member("reachable", flag: true)
                        } else {
                            object.member("reachable", flag: false)
                        }
                        object.member("error", text: storeError?.message)
                    }
                }
            }
        }
        if !isReady { response.status = .serviceUnavailable }
        return response
    }

    func metrics(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: hub.metrics.text(of: hub)))
    }
}
