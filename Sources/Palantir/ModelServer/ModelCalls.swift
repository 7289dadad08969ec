import NIOCore
import NIOPosix

/// Makes the calls of an endpoint's batches, and says what became of each item.
struct ModelCalls: Sendable {
    let model: String
    let replicas: ModelReplicas
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

    /// One call. A failure that cannot have been answered is tried once more, on another replica if there is one and the
    /// budget allows it.
    private func call(_ work: ModelEndpoint.Batcher.Work) {
        let body = ValuesContract.request(work.batch.items.map(\.payload))
        let trace = work.trace("invocation")
        post(body, work, trace, avoiding: nil) { result, index in
            guard Self.isRetryable(result), !work.cancellation.isCancelled,
                let pause = replicas.takeRetry(by: work.deadline)
            else { return finish(work, trace, result, by: index, tries: 1) }
            let loop = MultiThreadedEventLoopGroup.currentEventLoop ?? MultiThreadedEventLoopGroup.singleton.any()
            loop.scheduleTask(in: .nanoseconds(Int64(pause / .nanoseconds(1)))) {
                post(body, work, trace, avoiding: index) { result, index in
                    finish(work, trace, result, by: index, tries: 2)
                }
            }
        }
    }

    private func finish(
        _ work: ModelEndpoint.Batcher.Work, _ trace: CallTrace?, _ result: ModelReplicas.Result, by index: Int,
        tries: Int
    ) {
        let outcome = outcome(of: result, by: index, for: work.batch)
        if let trace {
            var attributes = replicas.uri(of: index).attributes
            if case .success(let answer) = result {
                attributes.append(Attribute("http.response.status_code", answer.status))
            }
            if tries > 1 { attributes.append(Attribute("http.request.resend_count", tries - 1)) }
            trace.end(entities: work.batch.items.count, attributes, outcome.code)
        }
        work.finish(outcome)
    }

    private func post(
        _ body: ByteBuffer, _ work: ModelEndpoint.Batcher.Work, _ trace: CallTrace?, avoiding tried: Int?,
        _ completion: @escaping @Sendable (ModelReplicas.Result, _ index: Int) -> Void
    ) {
        replicas.post(
            body, trace: trace?.context, by: work.deadline, avoiding: tried, cancellation: work.cancellation
        ) { outcome in
            switch outcome {
            case .done(let result, let index): completion(result, index)
            case .suspended(let until):
                trace?.end(entities: work.batch.items.count, [], .modelSuspended)
                work.finish(.failed(.suspended(model, until: until), mayBeOneItemsFault: false))
            }
        }
    }

    /// Whether the request cannot have been answered, or the model says that it could not, so that sending it again is
    /// safe and of use.
    private static func isRetryable(_ result: ModelReplicas.Result) -> Bool {
        switch result {
        case .success(let answer): (502...504).contains(answer.status)
        case .failure(.unreachable(_, let retryable)): retryable
        case .failure: false
        }
    }

    private func outcome(
        of result: ModelReplicas.Result, by index: Int, for batch: Batch<EntityID, FeatureRow>
    ) -> ModelEndpoint.Batcher.Outcome {
        // Formed only where something failed: most calls do not.
        var uri: String { replicas.uri(of: index).text.withoutCredentials }
        switch result {
        case .success(let answer) where (200..<300).contains(answer.status):
            do throws(PalantirError) {
                return .each(try ValuesContract.predictions(in: answer.body, for: batch.items.map(\.key), of: model))
            } catch {
                return .failed(error, mayBeOneItemsFault: true)
            }
        case .success(let answer):
            return .failed(failed(answer.status, cause: uri), mayBeOneItemsFault: answer.status < 502)
        case .failure(let failure): return .failed(error(failure, cause: uri), mayBeOneItemsFault: false)
        }
    }

    private func error(_ failure: EgressClient.Failure, cause uri: String) -> PalantirError {
        switch failure {
        case .unreachable(let cause, _):
            error(.modelUnreachable, "cannot be reached, or broke off", cause: "\(uri): \(cause)")
        case .refused(let cause):
            error(
                .modelUnreachable, "is not called: its tag `uri` leads to where PALANTIR_MODEL_HOSTS does not allow",
                cause: "\(uri): \(cause)")
        case .answerEncoded(let encoding):
            error(
                .modelBadAnswer, "answered in a content encoding, which was not asked for; let it answer without",
                cause: "\(uri): \(encoding.prefix(40))")
        case .deadlineExceeded, .cancelled: .deadlineExceeded(in: .model)
        case .answerTooLarge: error(.modelBadAnswer, "answered with more than \(maxAnswerBytes) bytes", cause: uri)
        }
    }

    /// The model's own words are left out: they may hold feature values.
    private func failed(_ status: Int, cause uri: String) -> PalantirError {
        let what =
            (300..<400).contains(status)
            ? "redirects (status \(status)), which is not followed; set its tag `uri` to the final address"
            : "failed with status \(status)"
        return error(.modelFailed, what, cause: uri)
    }

    private func error(_ code: PalantirError.Code, _ what: String, cause: String) -> PalantirError {
        PalantirError(code, "The model \(model.debugDescription) \(what).", cause: cause)
    }
}

extension ModelEndpoint.Batcher.Outcome {
    /// Of the error that the whole call ended with.
    fileprivate var code: PalantirError.Code? {
        if case .failed(let error, _) = self { error.code } else { nil }
    }
}

extension ModelURI {
    /// As OpenTelemetry names them; without path and query.
    fileprivate var attributes: [Attribute] {
        [Attribute("http.request.method", "POST"), Attribute("server.address", host), Attribute("server.port", port)]
    }
}

extension PalantirError {
    static func suspended(_ model: String, until instant: ContinuousClock.Instant) -> PalantirError {
        let seconds = max(Int((ContinuousClock.now.duration(to: instant) / .seconds(1)).rounded(.up)), 1)
        return PalantirError(
            .modelSuspended,
            "The model \(model.debugDescription) has failed several times and is not asked for \(seconds) s; "
                + "try again then.",
            retryAfter: seconds)
    }
}
