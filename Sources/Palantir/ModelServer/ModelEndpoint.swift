import NIOCore
import NIOHTTP1

/// A model's API: one call with some inputs, on one of its replicas.
struct ModelEndpoint: Sendable {
    let spec: ServingSpec
    let client: EgressClient
    let maxAnswerBytes: Int

    /// One call. A failure that cannot have been answered is tried once more, on another replica if there is one.
    func invoke(_ inputs: ArraySlice<ModelInput>, by deadline: Deadline) async -> [Result<JSONText, PalantirError>] {
        let body = ValuesContract.request(inputs)
        let first = Int.random(in: spec.uris.indices)
        var result = await call(replica: first, body, by: deadline)
        if case .failure(let failure) = result, failure.isRetryable {
            result = await call(replica: (first + 1) % spec.uris.count, body, by: deadline)
        }
        switch result {
        case .success(let answer): return ValuesContract.predictions(in: answer, for: inputs, of: spec.modelName)
        case .failure(let failure): return inputs.map { _ in .failure(failure.error) }
        }
    }

    private struct Failure: Error {
        let error: PalantirError
        let isRetryable: Bool
    }

    private func call(replica: Int, _ body: ByteBuffer, by deadline: Deadline) async -> Result<ByteBuffer, Failure> {
        let uri = spec.uris[replica].text
        let result = await client.send(
            .POST, uri, headers: Self.headers, body: body, maxAnswerBytes: maxAnswerBytes, by: deadline)
        switch result {
        case .success(let answer) where (200..<300).contains(answer.status): return .success(answer.body)
        case .success(let answer):
            return .failure(
                Failure(error: failed(answer.status, uri), isRetryable: (502...504).contains(answer.status)))
        case .failure(.unreachable(let cause, let isRetryable)):
            return .failure(
                Failure(
                    error: error(.modelUnreachable, "cannot be reached, or broke off", cause: "\(uri): \(cause)"),
                    isRetryable: isRetryable))
        case .failure(.deadlineExceeded), .failure(.cancelled):
            return .failure(Failure(error: .deadlineExceeded(in: .model), isRetryable: false))
        case .failure(.answerTooLarge):
            return .failure(
                Failure(
                    error: error(.modelBadAnswer, "answered with more than \(maxAnswerBytes) bytes", cause: uri),
                    isRetryable: false))
        }
    }

    /// The model's own words are left out: they may hold feature values.
    private func failed(_ status: Int, _ uri: String) -> PalantirError {
        let what =
            (300..<400).contains(status)
            ? "redirects (status \(status)), which is not followed; set its tag `uri` to the final address"
            : "failed with status \(status)"
        return error(.modelFailed, what, cause: uri)
    }

    private func error(_ code: PalantirError.Code, _ what: String, cause: String) -> PalantirError {
        PalantirError(code, "The model \(spec.modelName.debugDescription) \(what).", cause: cause)
    }

    private static let headers: HTTPHeaders = [
        "content-type": "application/json", "accept": "application/json", "user-agent": "palantir",
    ]
}
