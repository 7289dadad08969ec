import NIOCore
import NIOHTTP1

/// Asks a model's address whether anybody is there, without asking for a prediction: by `OPTIONS`, whatever the answer.
package struct ModelProbe: Sendable {
    private let egress: ModelEgress

    private static let timeout = Duration.seconds(3)
    private static let maxAnswerBytes = 1 << 20

    package init(egress: ModelEgress) {
        self.egress = egress
    }

    /// - Returns: the answer's status, or why there is none.
    func ask(_ uri: ModelURI, by deadline: Deadline) async -> Result<Int, EgressClient.Failure> {
        let pool = HTTPConnectionPool(egress.connector(to: uri, isDeployed: false))
        defer { pool.close() }
        let head = HTTPRequestHead(
            version: .http1_1, method: .OPTIONS, uri: uri.target,
            headers: [
                "host": uri.authority, "accept-encoding": "identity", "user-agent": "palantir", "content-length": "0",
            ])
        let cancellation = Cancellation()
        let result: Result<EgressClient.Answer, EgressClient.Failure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pool.send(
                    head, ByteBuffer(), maxAnswerBytes: Self.maxAnswerBytes,
                    by: deadline.lowered(to: Self.timeout), cancellation: cancellation
                ) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancellation.cancel()
        }
        switch result {
        case .success(let answer): return .success(answer.status)
        // Somebody answered, at length or compressed.
        case .failure(.answerTooLarge), .failure(.answerEncoded): return .success(200)
        case .failure(let failure): return .failure(failure)
        }
    }
}
