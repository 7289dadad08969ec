import Synchronization

/// One request's trace: its own span, and what the stages below it need. There is one for each request while traces are
/// exported, also for those that are not kept, since models are told that too; else there is none.
///
/// A type of our own, handed down with the request's ``Timeline``, and not swift-distributed-tracing: that carries its context
/// in task-local values, which each request pays for whether it is traced or not, and a merged call runs in no request's task.
package final class RequestTrace: Sendable {
    /// The request's own span.
    package let context: TraceContext
    private let parent: SpanID?
    private let tracer: Tracer
    private let began: ContinuousClock.Instant
    /// The wall clock then, in nanoseconds: the others are counted from it, so that a clock that is set tears no span.
    private let beganAt: UInt64

    init(_ context: TraceContext, parent: SpanID?, tracer: Tracer, at began: ContinuousClock.Instant) {
        self.context = context
        self.parent = parent
        self.tracer = tracer
        self.began = began
        beganAt = UInt64(Timestamp.nowNanoseconds)
    }

    /// A step of the request begins.
    func stage(_ step: PalantirError.Step, at now: ContinuousClock.Instant) -> TraceStage {
        TraceStage(self, tracer.ids.span(), step, at: now)
    }

    /// The request is answered.
    ///
    /// - Parameters:
    ///   - name: of the request's span.
    ///   - attributes: of that span.
    ///   - isError: whether the hub, or what is behind it, is to blame.
    ///   - end: the request's.
    package func end(_ name: String, _ attributes: [Attribute], isError: Bool, at end: ContinuousClock.Instant) {
        guard context.isSampled else { return }
        tracer.record(
            Span(
                context: context, parent: parent, name: name, kind: .server, start: beganAt, end: wall(at: end),
                attributes: attributes, links: [], lostLinks: 0, isError: isError))
    }

    /// Another span of this trace.
    func context(of span: SpanID) -> TraceContext {
        TraceContext(trace: context.trace, span: span, isSampled: context.isSampled, state: context.state)
    }

    func record(
        _ context: TraceContext, below parent: SpanID, _ name: String, _ kind: Span.Kind,
        from start: ContinuousClock.Instant, to end: ContinuousClock.Instant, _ attributes: [Attribute],
        links: [TraceContext] = [], lostLinks: Int = 0, isError: Bool
    ) {
        tracer.record(
            Span(
                context: context, parent: parent, name: name, kind: kind, start: wall(at: start), end: wall(at: end),
                attributes: attributes, links: links, lostLinks: lostLinks, isError: isError))
    }

    func newSpan() -> SpanID { tracer.ids.span() }

    private func wall(at instant: ContinuousClock.Instant) -> UInt64 {
        beganAt &+ UInt64(max(began.duration(to: instant) / .nanoseconds(1), 0))
    }
}

/// One step of a request, and the calls that were made for it.
package final class TraceStage: Sendable {
    let request: RequestTrace
    let span: SpanID
    private let step: PalantirError.Step
    private let began: ContinuousClock.Instant
    /// Calls that stand in others' traces.
    private let links = Mutex<[TraceContext]>([])

    init(_ request: RequestTrace, _ span: SpanID, _ step: PalantirError.Step, at now: ContinuousClock.Instant) {
        self.request = request
        self.span = span
        self.step = step
        began = now
    }

    var context: TraceContext { request.context(of: span) }

    func link(to call: TraceContext) {
        links.withLock { $0.append(call) }
    }

    /// - Parameter failure: why it threw.
    func end(at now: ContinuousClock.Instant, _ failure: (any Error)?) {
        guard request.context.isSampled else { return }
        let code = (failure as? PalantirError)?.code.rawValue
        request.record(
            context, below: request.context.span, step.rawValue, .internal, from: began, to: now,
            code.map { [Attribute("error.type", $0)] } ?? [], links: links.withLock { $0 }, isError: failure != nil)
    }
}
