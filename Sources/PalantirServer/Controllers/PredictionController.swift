import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Palantir

/// `POST /predict` and `POST /predictions`: from a request's head and body to an answer's.
struct PredictionController: Sendable {
    private let hub: Hub
    private let admission: Admission

    init(hub: Hub) {
        self.hub = hub
        admission = Admission(metrics: hub.metrics)
    }

    /// - Parameters:
    ///   - body: nil if it is over the limit.
    ///   - keys: those that are in force, as the connection knows them.
    func answer(
        _ route: PredictionRoute, _ head: HTTPRequestHead, _ body: ByteBuffer?, within limits: RequestLimits,
        keys: APIKeys
    ) async -> PredictionAnswer {
        let start = ContinuousClock.now
        let requestID = RequestID(head.headers.first(name: "x-request-id"), or: hub.requestIDs)
        let timeline = Timeline(trace: hub.tracer?.begin(TraceContext(head.headers), at: start))
        var subject = AuditSubject()
        var code: PalantirError.Code?
        var answer: PredictionAnswer
        var caller = Principal.nobody
        do throws(PalantirError) {
            try limits.hosts.check(head.headers.first(name: "host"))
            let deadline = try limits.deadline(head.headers.first(name: "x-request-timeout-ms"))
            caller = try await self.caller(head, keys, by: deadline)
            try caller.require(.predict)
            try caller.quota?.takeRequest()
            try caller.quota?.requireEntity()
            answer = try await predict(body, for: caller, limits, by: deadline, timeline, &subject)
        } catch {
            code = error.code
            hub.metrics.failed(error.code)
            ErrorLog(logger: hub.logger).log(error, requestID: requestID.text, trace: timeline.trace?.context.trace)
            answer = PredictionAnswer(
                error: ErrorAnswer(error, requestID: requestID.text),
                asProblem: head.headers.first(name: "accept")?.contains("application/problem+json") ?? false)
        }
        answer.head.headers.add(name: "x-request-id", value: requestID.text)
        if let timing = timeline.serverTiming { answer.head.headers.add(name: "server-timing", value: timing) }
        for (name, value) in caller.quota?.state.headers ?? [] {
            answer.head.headers.add(name: name.canonicalName, value: value)
        }
        answer.head.headers.add(name: "date", value: hub.date.text)
        answer.head.headers.add(name: "server", value: "palantir")
        let duration = start.duration(to: .now)
        let status = Int(answer.head.status.code)
        hub.metrics.answered(route, status: status, after: duration)
        timeline.model?.answered(code, after: duration, timeline)
        timeline.trace?.end(
            "POST \(route.rawValue)", attributes(route, requestID, subject, answer, code), isError: status >= 500,
            at: start.advanced(by: duration))
        hub.audit?.record(
            AuditEntry(
                requestID: requestID.text, caller: caller.name, action: "predict", subject: subject, status: status,
                code: code, duration: duration))
        hub.logger.debug(
            "Request answered",
            metadata: [
                "request_id": "\(requestID.text)", "method": "POST", "route": "\(route.rawValue)",
                "status": "\(status)", "milliseconds": "\(duration / .milliseconds(1))",
            ])
        return answer
    }

    /// By OpenTelemetry's names where it has one.
    private func attributes(
        _ route: PredictionRoute, _ requestID: RequestID, _ subject: AuditSubject, _ answer: PredictionAnswer,
        _ code: PalantirError.Code?
    ) -> [Attribute] {
        var attributes = [
            Attribute("http.request.method", "POST"), Attribute("http.route", route.rawValue),
            Attribute("url.path", route.rawValue),
            Attribute("http.response.status_code", Int(answer.head.status.code)),
            Attribute("palantir.request_id", requestID.text), Attribute("palantir.entities", subject.ids.count),
        ]
        if let model = subject.model { attributes.append(Attribute("palantir.model", String(model.prefix(256)))) }
        if let version = answer.head.headers.first(name: "x-model-version") {
            attributes.append(Attribute("palantir.model_version", version))
        }
        if let code { attributes.append(Attribute("error.type", code.rawValue)) }
        return attributes
    }

    private func caller(
        _ head: HTTPRequestHead, _ keys: APIKeys, by deadline: Deadline
    ) async throws(PalantirError) -> Principal {
        try await hub.authentication.principal(
            authorization: head.headers.first(name: "authorization"), apiKey: head.headers.first(name: "x-api-key"),
            keys: keys, by: deadline)
    }

    private func predict(
        _ body: ByteBuffer?, for caller: Principal, _ limits: RequestLimits, by deadline: Deadline,
        _ timeline: Timeline, _ subject: inout AuditSubject
    ) async throws(PalantirError) -> PredictionAnswer {
        try await admission.admit(upTo: limits.maxInFlight) { () async throws(PalantirError) in
            guard let body else { throw .bodyTooLarge(limit: limits.maxBodyBytes) }
            let asked = try PredictionRequest(json: body)
            // Also one that is refused.
            subject = AuditSubject(model: asked.model.name.text, ids: asked.ids)
            let request = try asked.readable(by: caller)
            try caller.quota?.take(entities: request.ids.count)
            let prediction = try await hub.predictor.predict(request, by: deadline, timeline: timeline)
            hub.metrics.predicted(entities: prediction.outcomes.count)
            if let error = prediction.overallError { throw error }
            for case .failure(let error) in prediction.outcomes.lazy.map(\.result) { hub.metrics.failed(error.code) }
            return PredictionAnswer(prediction)
        }
    }
}

extension TraceContext {
    /// The caller's.
    fileprivate init?(_ headers: HTTPHeaders) {
        // Most callers have none, and telling so allocates nothing.
        guard headers.contains(name: "traceparent") else { return nil }
        self.init(parents: headers["traceparent"], states: headers["tracestate"])
    }
}
