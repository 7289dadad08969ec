import NIOCore
import NIOHTTP1

/// Ray's dashboard, as far as Serve is concerned. It is never sent a `DELETE`: that would remove everybody's applications.
struct RayDashboard: Sendable {
    let client: EgressClient
    let base: String
    let token: String?

    private static let lookTimeout = Duration.seconds(10)
    /// The first declaration starts Serve, which takes seconds on an idle machine.
    private static let declareTimeout = Duration.seconds(60)
    private static let maxAnswerBytes = 64 << 20

    /// - Throws: `MODEL_NOT_READY` with the reason.
    func state() async throws(PalantirError) -> RayServeState {
        let answer = try await send(.GET, body: nil, within: Self.lookTimeout)
        do {
            return try RayServeState(JSONText(validating: answer.body))
        } catch {
            throw .notStarted("Ray's dashboard at \(base) answers what is not understood")
        }
    }

    /// - Throws: `MODEL_NOT_READY` with the reason.
    func declare(_ body: ByteBuffer) async throws(PalantirError) {
        _ = try await send(.PUT, body: body, within: Self.declareTimeout)
    }

    private func send(
        _ method: HTTPMethod, body: ByteBuffer?, within limit: Duration
    ) async throws(PalantirError) -> EgressClient.Answer {
        var headers: HTTPHeaders = ["accept": "application/json"]
        if body != nil { headers.add(name: "content-type", value: "application/json") }
        if let token { headers.add(name: "authorization", value: "Bearer \(token)") }
        let result = await client.send(
            method, base + "/api/serve/applications/", headers: headers, body: body,
            maxAnswerBytes: Self.maxAnswerBytes, by: .after(limit))
        switch result {
        case .success(let answer) where answer.status == 200: return answer
        case .success(let answer) where answer.status == 401 || answer.status == 403:
            throw .notStarted(
                "Ray's dashboard at \(base) refuses RAY_AUTH_TOKEN, or wants one (status \(answer.status))")
        case .success(let answer):
            // It may quote what it was told, where the addresses of artifacts are secrets themselves.
            let text =
                String(buffer: answer.body).split(separator: "\n").last.map {
                    ": \(String($0.prefix(500)).withoutPlaces)"
                } ?? ""
            throw .notStarted("Ray's dashboard at \(base) answers with status \(answer.status)\(text)")
        case .failure(let failure):
            throw .notStarted("Ray's dashboard at \(base) does not answer: \(failure)")
        }
    }
}
