import NIOCore
import NIOHTTP1
import Palantir

/// Asks for many entities, chunk by chunk, several at once, and gives what came in the order of the ids.
struct BatchPrediction: Sendable {
    let hub: HubSession
    let model: String
    /// Values for every entity, in place of the looked-up ones.
    let features: JSONText?
    let chunkSize: Int
    let concurrency: Int

    /// Seconds to wait before a request that was one too many is sent once more.
    private static let pauses = [1, 2, 4, 8, 16]
    /// Chunks that were answered before one that was sent earlier; so many answers wait in memory at most.
    private static let largestLead = 16

    private enum Event: Sendable {
        case read([EntityID])
        case answered(Int, [EntityOutcome])
    }

    /// - Parameter take: gets each chunk's outcomes as soon as all before it were taken.
    /// - Throws: ``Failure`` if nothing can be answered; what `take` throws.
    func run(_ source: EntityIDSource, take: ([EntityOutcome]) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Event.self) { group in
            var (sent, taken, underWay) = (0, 0, 0)
            var answers: [Int: [EntityOutcome]] = [:]
            // Read beside the calls, so that answers are told while the next id is still to come.
            var isReading = true
            var isAtEnd = false
            group.addTask { .read(try await source.next(upTo: chunkSize)) }
            while let event = try await group.next() {
                switch event {
                case .read(let ids):
                    isReading = false
                    isAtEnd = ids.isEmpty
                    guard !isAtEnd else { break }
                    let number = sent
                    group.addTask { .answered(number, try await ask(ids)) }
                    (sent, underWay) = (sent + 1, underWay + 1)
                case .answered(let number, let outcomes):
                    underWay -= 1
                    answers[number] = outcomes
                    while let next = answers.removeValue(forKey: taken) {
                        taken += 1
                        try await take(next)
                    }
                }
                if !isReading, !isAtEnd, underWay < concurrency, sent - taken < concurrency + Self.largestLead {
                    isReading = true
                    group.addTask { .read(try await source.next(upTo: chunkSize)) }
                }
            }
        }
    }

    /// An outcome for each id that was given, also for one that is given twice.
    private func ask(_ ids: [EntityID]) async throws -> [EntityOutcome] {
        var seen: Set<EntityID> = []
        let found = try await results(of: ids.filter { seen.insert($0).inserted })
        let missing = EntityError(code: "MODEL_BAD_ANSWER", message: "The hub's answer does not hold this id.")
        return ids.map { EntityOutcome(id: $0, result: found[$0] ?? .failure(missing)) }
    }

    private func results(of ids: [EntityID]) async throws -> [EntityID: Result<JSONText, EntityError>] {
        switch try await send(request(ids)) {
        case .success(let answer):
            var results: [EntityID: Result<JSONText, EntityError>] = [:]
            for (id, labels) in try answer["predictions"]?.members() ?? [] {
                if let id = EntityID(id) { results[id] = .success(labels) }
            }
            for (id, error) in try answer["errors"]?.members() ?? [] {
                let told = EntityError(code: error["code"]?.display ?? "", message: error["error"]?.display ?? "")
                if let id = EntityID(id) { results[id] = .failure(told) }
            }
            return results
        case .failure(let refusal) where refusal.isOfWholeRequest: throw refusal.failure
        // The answer to ids that are all missing tells of the first alone.
        case .failure(let refusal) where refusal.code == "ENTITY_NOT_FOUND" && ids.count > 1:
            let middle = ids.count / 2
            let first = try await results(of: Array(ids[..<middle]))
            return first.merging(try await results(of: Array(ids[middle...]))) { first, _ in first }
        case .failure(let refusal):
            let result = Result<JSONText, EntityError>.failure(
                EntityError(code: refusal.code, message: refusal.message))
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, result) })
        }
    }

    /// Waits and asks again where the hub says that it was one request too many.
    private func send(_ body: ByteBuffer) async throws -> Result<JSONText, HubRefusal> {
        for pause in Self.pauses {
            let result = try await hub.exchange(.POST, "/predictions", body: body)
            guard case .failure(let refusal) = result, refusal.isOneTooMany else { return result }
            try await Task.sleep(for: .seconds(pause))
        }
        return try await hub.exchange(.POST, "/predictions", body: body)
    }

    private func request(_ ids: [EntityID]) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeJSONObject { object in
            object.member("model_name", text: model)
            object.member("ids", array: ids) { $0.writeJSON(string: $1.text) }
            guard let features else { return }
            object.member("features") { buffer in
                buffer.writeJSONObject { byID in
                    for id in ids { byID.member(id.text) { $0.writeJSON(features) } }
                }
            }
        }
        return body
    }
}

extension HubRefusal {
    /// Whether no other id of the same model would be answered either, so that it makes no sense to go on.
    fileprivate var isOfWholeRequest: Bool {
        [
            "UNAUTHENTICATED", "PERMISSION_DENIED", "HOST_NOT_ALLOWED", "MODEL_NOT_FOUND", "VERSION_NOT_FOUND",
            "INVALID_REQUEST", "BODY_TOO_LARGE", "ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED", "",
        ].contains(code)
    }

    fileprivate var isOneTooMany: Bool { ["RATE_LIMITED", "OVERLOADED"].contains(code) }
}
