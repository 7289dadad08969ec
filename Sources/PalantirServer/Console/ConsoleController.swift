import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `GET /`, `/console/{file}`, and what the console asks of the hub that no other route tells.
struct ConsoleController {
    let hub: Hub
    private let files = ConsoleFile.all()

    init(hub: Hub) {
        self.hub = hub
    }

    func page(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        try answer(ConsoleFile.page, request)
    }

    func file(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        try answer(try context.pathParameter("file"), request)
    }

    /// What `/readyz` says, and whether callers must say who they are. Always 200: to a browser's log a page that asks
    /// a hub how it is would be broken while the hub is not ready.
    func status(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        .json { buffer in
            buffer.writeJSONObject { object in
                object.member("readiness") { Readiness(of: hub).write(to: &$0) }
                object.member("wants_key", flag: !hub.authentication.isOpen)
            }
        }
    }

    /// Who calls, and what this caller may do, so that the console asks for nothing else.
    func caller(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        .json { buffer in
            buffer.writeJSONObject { object in
                object.member("name", text: context.caller.name)
                object.member("scopes", array: context.caller.scopes.map(\.rawValue).sorted()) {
                    $0.writeJSON(string: $1)
                }
            }
        }
    }

    /// The last ten minutes, of the hub or of the model that `?model=` names; with `?since=` what came after.
    func history(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let since = request.uri.queryParameters["since"]
        let time = since.flatMap { Int($0) }
        if since != nil, time == nil {
            throw PalantirError.invalid("The parameter since is no whole number of seconds.")
        }
        let history = hub.history.points
        let end = history.all.last?.time ?? 0
        if let model = request.uri.queryParameters["model"].map(String.init) {
            try context.caller.require(model: model)
            let description = ModelHistoryDescription.one(model, in: history)
            return .json { buffer in
                buffer.writeJSONObject { object in
                    object.member("end", number: end)
                    description.writeSummary(to: &object, end: end)
                    object.member("points") { $0.writeJSONObject { description.writePoints(to: &$0) } }
                }
            }
        }
        let models = ModelHistoryDescription.all(history).filter { context.caller.models.allows($0.name) }
        return .json { buffer in
            buffer.writeJSONObject { object in
                object.member("end", number: end)
                HistoryDescription(history, since: time).write(to: &object)
                object.member("models") { buffer in
                    buffer.writeJSONObject { object in
                        for (name, description) in models {
                            object.member(name) { $0.writeJSONObject { description.writeSummary(to: &$0, end: end) } }
                        }
                    }
                }
            }
        }
    }

    private func answer(_ name: String, _ request: Request) throws(PalantirError) -> Response {
        guard let file = files[name] else { throw PalantirError(.routeNotFound, "The console has no such file.") }
        return file.response(to: request)
    }
}
