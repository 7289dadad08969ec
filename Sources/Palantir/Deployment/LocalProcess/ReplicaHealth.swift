import Foundation
import NIOCore
import NIOHTTP1

/// Asks replicas how long their model has been at its present call: a process that hangs still answers that.
struct ReplicaHealth: Sendable {
    private let client: EgressClient

    private static let timeout = Duration.seconds(2)

    init(client: EgressClient) {
        self.client = client
    }

    private struct Answer: Decodable {
        let predicting_s: Double?
    }

    /// - Returns: nil for a model that is at no call, or a replica that does not say.
    func timeOfCall(_ address: DeployedAddress) async -> Duration? {
        let url = "http://\(address.uri.authority)/health"
        let headers: HTTPHeaders = address.secret.map { ["x-palantir-secret": $0] } ?? [:]
        let result = await client.send(.GET, url, headers: headers, maxAnswerBytes: 4_096, by: .after(Self.timeout))
        guard case .success(let answer) = result, answer.status == 200 else { return nil }
        let health = try? JSONDecoder().decode(Answer.self, from: Data(answer.body.readableBytesView))
        return health?.predicting_s.map { .milliseconds(Int($0 * 1_000)) }
    }
}
