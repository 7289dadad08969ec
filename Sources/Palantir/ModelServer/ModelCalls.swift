import NIOCore
import NIOPosix

/// Makes the calls of an endpoint's batches, on one of its replicas, and says what became of each item.
struct ModelCalls: Sendable {
    let model: String
    let replicas: [ModelReplica]
    let maxAnswerBytes: Int

    /// Makes a slot's call when the event loop has done what is at hand: entities that were looked up together come one
    /// after the other, and are called for together.
    @Sendable
    func perform(_ slot: ModelEndpoint.Batcher.Slot) {
        let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
        loop.execute {
            if let work = slot.take() { call(work) }
        }
    }

    /// One call. A failure that cannot have been answered is tried once more, on another replica if there is one.
    private func call(_ work: ModelEndpoint.Batcher.Work) {
        let body = ValuesContract.request(work.batch.items.map(\.payload))
        let first = replicas.count == 1 ? 0 : Int.random(in: replicas.indices)
        call(first, body, work) { outcome, isRetryable in
            guard isRetryable else { return work.finish(outcome) }
            call((first + 1) % replicas.count, body, work) { outcome, _ in work.finish(outcome) }
        }
    }

    private func call(
        _ index: Int, _ body: ByteBuffer, _ work: ModelEndpoint.Batcher.Work,
        _ completion: @escaping @Sendable (ModelEndpoint.Batcher.Outcome, _ isRetryable: Bool) -> Void
    ) {
        let replica = replicas[index]
        replica.post(body, maxAnswerBytes: maxAnswerBytes, by: work.deadline) { result in
            switch result {
            case .success(let answer) where (200..<300).contains(answer.status):
                completion(outcome(of: answer.body, for: work.batch), false)
            case .success(let answer):
                completion(
                    .failed(failed(answer.status, replica), mayBeOneItemsFault: answer.status < 502),
                    (502...504).contains(answer.status))
            case .failure(let failure):
                completion(.failed(error(failure, replica), mayBeOneItemsFault: false), failure.isRetryable)
            }
        }
    }

    private func outcome(
        of answer: ByteBuffer, for batch: Batch<EntityID, FeatureRow>
    ) -> ModelEndpoint.Batcher.Outcome {
        do throws(PalantirError) {
            return .each(try ValuesContract.predictions(in: answer, for: batch.items.map(\.key), of: model))
        } catch {
            return .failed(error, mayBeOneItemsFault: true)
        }
    }

    private func error(_ failure: EgressClient.Failure, _ replica: ModelReplica) -> PalantirError {
        switch failure {
        case .unreachable(let cause, _):
            error(.modelUnreachable, "cannot be reached, or broke off", cause: "\(replica.uri.text): \(cause)")
        case .deadlineExceeded, .cancelled: .deadlineExceeded(in: .model)
        case .answerTooLarge:
            error(.modelBadAnswer, "answered with more than \(maxAnswerBytes) bytes", cause: replica.uri.text)
        }
    }

    /// The model's own words are left out: they may hold feature values.
    private func failed(_ status: Int, _ replica: ModelReplica) -> PalantirError {
        let what =
            (300..<400).contains(status)
            ? "redirects (status \(status)), which is not followed; set its tag `uri` to the final address"
            : "failed with status \(status)"
        return error(.modelFailed, what, cause: replica.uri.text)
    }

    private func error(_ code: PalantirError.Code, _ what: String, cause: String) -> PalantirError {
        PalantirError(code, "The model \(model.debugDescription) \(what).", cause: cause)
    }
}

extension EgressClient.Failure {
    /// Whether the request cannot have been answered, so that sending it again is safe.
    fileprivate var isRetryable: Bool {
        if case .unreachable(_, let retryable) = self { retryable } else { false }
    }
}
