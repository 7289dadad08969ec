import Logging
import ServiceLifecycle
import Synchronization

/// Begins traces, and sends what is kept of them to where the operator collects them: beside the requests' way, in batches,
/// and no more than there is room for.
package final class Tracer: Service {
    let ids = TraceIDs()
    private let sample: Double
    private let exporter: SpanExporter
    private let waiting = Mutex<[Span]>([])
    private let dropped = Atomic<Int>(0)
    private let exported = Atomic<Int>(0)
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let logger: Logger

    /// Spans that may wait; each takes less than a kilobyte.
    static let room = 16_384
    /// Spans of that time are sent together.
    private static let pause = Duration.milliseconds(500)
    /// Spans of one call.
    private static let batchSize = 512
    /// What a collector that hangs may take of the hub's end.
    private static let lastCall = Duration.seconds(2)
    /// How often a batch is tried; what cannot be sent then is dropped.
    private static let tries = 4

    package init(_ settings: TraceSettings, client: EgressClient, logger: Logger) {
        sample = settings.sample
        exporter = SpanExporter(settings, client: client)
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Spans that were taken over by whoever collects them, and those that were not, since the start.
    package var counts: (exported: Int, dropped: Int) {
        (exported.load(ordering: .relaxed), dropped.load(ordering: .relaxed))
    }

    /// A request begins: in its caller's trace and as that decided, or in one of its own.
    package func begin(_ caller: TraceContext?, at now: ContinuousClock.Instant) -> RequestTrace {
        let trace = caller?.trace ?? ids.trace()
        let context = TraceContext(
            trace: trace, span: ids.span(), isSampled: caller?.isSampled ?? isKept(trace), state: caller?.state)
        return RequestTrace(context, parent: caller?.span, tracer: self, at: now)
    }

    /// By the trace's own number, as OpenTelemetry's samplers do it.
    private func isKept(_ trace: TraceID) -> Bool {
        Double(trace.low >> 11) * 0x1p-53 < sample
    }

    func record(_ span: Span) {
        let isFirst = waiting.withLock { waiting -> Bool? in
            guard waiting.count < Self.room else { return nil }
            waiting.append(span)
            return waiting.count == 1
        }
        switch isFirst {
        case true?: wake.yield()
        case false?: break
        case nil: dropped.wrappingAdd(1, ordering: .relaxed)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.exportForever() }
        let deadline = Deadline.after(Self.lastCall)
        while let batch = takeBatch() { count(await exporter.export(batch, by: deadline), batch) }
    }

    private func exportForever() async {
        var isFailing = false
        for await _ in wakes {
            try? await Task.sleep(for: Self.pause)
            while !Task.isCancelled, let batch = takeBatch() {
                let problem = await exportPatiently(batch, tries: isFailing ? 1 : Self.tries)
                // The hub ends: what was broken off is tried once more, with the rest.
                if problem != nil, Task.isCancelled { return giveBack(batch) }
                count(problem, batch)
                tell(problem, isFailing)
                isFailing = problem != nil
            }
        }
    }

    private func takeBatch() -> [Span]? {
        waiting.withLock { waiting in
            guard !waiting.isEmpty else { return nil }
            let batch = Array(waiting.prefix(Self.batchSize))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func giveBack(_ batch: [Span]) {
        waiting.withLock { $0 = batch + $0 }
    }

    /// One line when it begins, and one when it is over.
    private func tell(_ problem: SpanExporter.Problem?, _ wasFailing: Bool) {
        if let problem, !wasFailing {
            logger.warning(
                "Traces cannot be exported; they are dropped until they can", metadata: ["reason": "\(problem.reason)"])
        } else if problem == nil, wasFailing {
            logger.info("Traces are exported again")
        }
    }

    private func exportPatiently(_ batch: [Span], tries: Int) async -> SpanExporter.Problem? {
        var problem: SpanExporter.Problem?
        for attempt in 0..<tries {
            if attempt > 0 { try? await Task.sleep(for: Self.pause * (1 << attempt)) }
            problem = await exporter.export(batch, by: .after(.seconds(10)))
            guard problem?.mayPass == true, !Task.isCancelled else { break }
        }
        return problem
    }

    private func count(_ problem: SpanExporter.Problem?, _ batch: [Span]) {
        if problem == nil {
            exported.wrappingAdd(batch.count, ordering: .relaxed)
        } else {
            dropped.wrappingAdd(batch.count, ordering: .relaxed)
        }
    }
}
