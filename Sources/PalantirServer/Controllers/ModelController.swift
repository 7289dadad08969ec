import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `GET /models`, `GET /models/{name}`, its `/entities` and its `/features/{id}`.
struct ModelController {
    let hub: Hub

    func list(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deadline = try hub.limits.current.deadline(request.headers[.requestTimeout])
        // Tables are looked at a few at a time, so that the list does not take all of the store's connections.
        let descriptions = await hub.registry.models.filter { context.caller.models.allows($0.model.name) }
            .concurrentMap(width: 2) { model in
                await ModelDescription(model, .served, hub: hub, by: deadline)
            }
        return .json { buffer in
            buffer.writeJSONObject { object in
                object.member("models", array: descriptions) { buffer, description in
                    buffer.writeJSONObject { description.write(to: &$0) }
                }
            }
        }
    }

    func show(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deadline = try hub.limits.current.deadline(request.headers[.requestTimeout])
        let reference = try context.caller.readings(of: ModelReference(name: try context.pathParameter("name")))
        let (model, choice) = try await hub.registry.model(for: reference, by: deadline)
        let description = await ModelDescription(model, choice, hub: hub, by: deadline)
        let diagnosis = await hub.diagnosis.diagnosis(
            of: [.model(ExactText(model.model.name), choice)], by: deadline)
        return .json { buffer in
            buffer.writeJSONObject { object in
                description.write(to: &object)
                object.member("findings", array: diagnosis.findings.troubles) { $1.write(to: &$0) }
            }
        }
    }

    /// Some entities that the model may be asked about.
    func entities(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deadline = try hub.limits.current.deadline(request.headers[.requestTimeout])
        let reference = try context.caller.readings(of: ModelReference(name: try context.pathParameter("name")))
        let (model, choice) = try await hub.registry.model(for: reference, by: deadline)
        let ids = try await hub.features.someEntities(in: try model.spec(choice).featureTable, by: deadline)
        return .json { buffer in
            buffer.writeJSONObject { $0.member("ids", array: ids) { $0.writeJSON(string: $1.text) } }
        }
    }

    /// The row as the model would get it.
    func features(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deadline = try hub.limits.current.deadline(request.headers[.requestTimeout])
        let reference = try context.caller.readings(of: ModelReference(name: try context.pathParameter("name")))
        guard let id = EntityID(try context.pathParameter("id")) else {
            throw PalantirError.invalid("The path's id is over \(EntityID.maximumBytes) bytes.")
        }
        let (model, choice) = try await hub.registry.model(for: reference, by: deadline)
        let table = try model.spec(choice).featureTable
        guard let outcome = try await hub.features.features(of: [id], in: table, by: deadline).first else {
            throw PalantirError.entityNotFound(id, in: table)
        }
        let row = try outcome.get()
        return .json { $0.writeJSON(row.object) }
    }
}

extension Response {
    static func json(_ write: (inout ByteBuffer) -> Void) -> Response {
        var buffer = ByteBuffer()
        write(&buffer)
        return Response(
            status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: buffer))
    }
}
