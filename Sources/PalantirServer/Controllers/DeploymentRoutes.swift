import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `GET /deployments`, `GET /deployments/{name}`, its log, and `POST /deployments/{name}/restart`.
struct DeploymentRoutes {
    let hub: Hub

    /// Of the log, with a deployment; `/log` has more.
    private static let fewLines = 20
    private static let manyLines = 1_000

    func list(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deployments = (hub.deployments?.deployments ?? []).filter { context.caller.models.allows($0.model) }
        return .json { buffer in
            buffer.writeJSONObject { object in
                object.member("deployments", array: deployments) { buffer, deployment in
                    buffer.writeJSONObject { Self.write(deployment, to: &$0) }
                }
            }
        }
    }

    func show(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let (controller, deployment) = try find(context)
        let lines = await controller.log(of: deployment.model, lines: Self.fewLines)
        return .json { buffer in
            buffer.writeJSONObject { object in
                Self.write(deployment, to: &object)
                object.member("log", array: lines) { $0.writeJSON(string: $1) }
            }
        }
    }

    func log(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let (controller, deployment) = try find(context)
        let lines = await controller.log(of: deployment.model, lines: Self.manyLines)
        if request.headers[.accept]?.contains("application/json") ?? false {
            return .json { buffer in
                buffer.writeJSONObject { object in
                    object.member("lines", array: lines) { $0.writeJSON(string: $1) }
                }
            }
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: lines.map { $0 + "\n" }.joined())))
    }

    func restart(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let (controller, deployment) = try find(context)
        controller.restart(deployment.model)
        var response = Response.json { buffer in
            buffer.writeJSONObject { Self.write(deployment, to: &$0) }
        }
        response.status = .accepted
        return response
    }

    private func find(
        _ context: HubRequestContext
    ) throws(PalantirError) -> (DeploymentController, Deployment) {
        let name = try context.pathParameter("name")
        try context.caller.require(model: name)
        guard let controller = hub.deployments, let deployment = controller.deployment(of: name) else {
            throw PalantirError(
                .modelNotFound,
                "The hub deploys no model \(name.debugDescription); PALANTIR_AUTODEPLOY and its tags say which it does."
            )
        }
        return (controller, deployment)
    }

    static func write(_ deployment: Deployment, to object: inout JSONObjectWriter) {
        let now = ContinuousClock.now
        object.member("model", text: deployment.model)
        object.member("version", number: deployment.version)
        object.member("state", text: deployment.state.rawValue)
        object.member("target", text: deployment.target)
        object.member("address", text: deployment.address?.text)
        object.member("since_seconds", seconds: deployment.since.duration(to: now))
        object.member("restarts", number: deployment.restarts)
        object.member("next_version", number: deployment.next)
        object.member("last_error") { buffer in
            guard let failure = deployment.failure else { return _ = buffer.writeStaticString("null") }
            buffer.writeJSONObject { object in
                object.member("version", number: failure.version)
                // Whole in the log: where things are is the operator's business.
                object.member("reason", text: failure.reason.withoutPlaces)
                object.member("attempts", number: failure.attempts)
                object.member("next_try_seconds", seconds: max(now.duration(to: failure.nextTry), .zero))
            }
        }
    }
}
