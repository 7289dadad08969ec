import NIOCore
import Palantir
import PalantirTesting
import Synchronization
import Testing

@Suite("Adaptive batcher")
struct AdaptiveBatcherTests {
    private typealias Batcher = AdaptiveBatcher<String, Int, String>

    /// What performs batches in these tests: it holds them until it is told to go on.
    private final class Performer: Sendable {
        private let held = Mutex<[Batcher.Work]>([])
        let calls = Mutex<[[String]]>([])

        @Sendable
        func perform(_ slot: Batcher.Slot) {
            guard let work = slot.take() else { return }
            calls.withLock { $0.append(work.batch.items.map(\.key)) }
            held.withLock { $0.append(work) }
        }

        /// The call that is held.
        var running: Batcher.Work? { held.withLock { $0.first } }

        /// Waits for a call and ends it.
        func end(_ outcome: ([String]) -> Batcher.Outcome) async {
            while true {
                let next = held.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                if let next { return next.finish(outcome(next.batch.items.map(\.key))) }
                try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    private static let late = PalantirError.deadlineExceeded(in: .model)
    private static let overloaded = PalantirError(.overloaded, "too many")

    private static func batcher(_ performer: Performer, size: Int = 10, waiting: Int = 100) -> Batcher {
        Batcher(
            limits: BatchLimits(maxBatchSize: size, maxConcurrency: 1, maxWaiting: waiting), late: late,
            overloaded: overloaded, perform: performer.perform)
    }

    private static func ask(
        _ batcher: Batcher, _ key: String, within limit: Duration = .seconds(600)
    ) async -> Result<String, PalantirError>? {
        await batcher.outputs(for: [.init(key: key, payload: 1)], by: .after(limit)).first
    }

    private static func answers(_ keys: [String]) -> Batcher.Outcome {
        .each(keys.map { .success("answer to \($0)") })
    }

    private static func waitFor(_ batcher: Batcher, waiting: Int) async {
        while batcher.load.waiting < waiting { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("Concurrent callers share a call, and each gets its own answer")
    func merging() async {
        let performer = Performer()
        let batcher = Self.batcher(performer)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { #expect((try? await Self.ask(batcher, "first")?.get()) == "answer to first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            for key in ["a", "b", "a", "c"] {
                group.addTask { #expect((try? await Self.ask(batcher, key)?.get()) == "answer to \(key)") }
            }
            await Self.waitFor(batcher, waiting: 4)
            await performer.end(Self.answers)
            await performer.end(Self.answers)
        }
        let calls = performer.calls.withLock { $0 }
        #expect(calls.count == 2)
        #expect(calls.last?.sorted() == ["a", "b", "c"])
        #expect(batcher.load == (0, 0))
    }

    @Test("Calls that leave, what each caller waited, and what waits now are counted, also for those who left")
    func metrics() async {
        let performer = Performer()
        let metrics = BatchMetrics()
        let batcher = Batcher(
            limits: BatchLimits(maxBatchSize: 10, maxConcurrency: 1, maxWaiting: 100), late: Self.late,
            overloaded: Self.overloaded, metrics: metrics, perform: performer.perform)
        func read() -> MetricsText {
            var (text, buffer) = (PrometheusText(), ByteBuffer())
            metrics.write(.lookUp, to: &text)
            text.write(to: &buffer)
            return MetricsText(String(buffer: buffer))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Self.ask(batcher, "first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            for key in ["a", "b", "a"] { group.addTask { _ = await Self.ask(batcher, key) } }
            await Self.waitFor(batcher, waiting: 3)
            #expect(read().sum(MetricNames.batchWaiting) == 3)
            _ = await Self.ask(batcher, "late", within: .milliseconds(20))
            #expect(read().sum(MetricNames.batchWaiting) == 3)
            await performer.end(Self.answers)
            await performer.end(Self.answers)
        }
        let text = read()
        #expect(text.sum(MetricNames.batchWaiting) == 0)
        #expect(text.sum(MetricNames.batchEntities + "_count") == 2)
        #expect(text.sum(MetricNames.batchEntities + "_sum") == 3, "a is asked for once")
        #expect(text.samples["palantir_batch_entities_bucket{batch=\"look_up\",le=\"1.0\"}"] == 1)
        #expect(text.sum(MetricNames.batchWait + "_count") == 4, "who was late did not leave with a call")
        #expect(text.sum(MetricNames.batchWait + "_sum") > 0)
    }

    @Test("A merged call that fails is split until only the bad row's caller sees the error")
    func splitting() async {
        let performer = Performer()
        let batcher = Self.batcher(performer)
        let failure = PalantirError(.modelFailed, "no")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Self.ask(batcher, "first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            for key in ["a", "bad", "c", "d"] {
                group.addTask {
                    let result = await Self.ask(batcher, key)
                    if key == "bad" {
                        #expect(throws: PalantirError.self) { try result?.get() }
                    } else {
                        #expect((try? result?.get()) == "answer to \(key)")
                    }
                }
            }
            await Self.waitFor(batcher, waiting: 4)
            await performer.end(Self.answers)
            while batcher.load != (0, 0) {
                await performer.end { keys in
                    keys.contains("bad") ? .failed(failure, mayBeOneItemsFault: true) : Self.answers(keys)
                }
            }
        }
    }

    @Test("A failure that is no row's fault is not asked again")
    func noSplitting() async {
        let performer = Performer()
        let batcher = Self.batcher(performer)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Self.ask(batcher, "first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            for key in ["a", "b"] {
                group.addTask {
                    let result = await Self.ask(batcher, key)
                    #expect(throws: PalantirError.self) { try result?.get() }
                }
            }
            await Self.waitFor(batcher, waiting: 2)
            await performer.end(Self.answers)
            await performer.end { _ in .failed(PalantirError(.modelUnreachable, "gone"), mayBeOneItemsFault: false) }
        }
        #expect(performer.calls.withLock { $0.count } == 2)
    }

    @Test("Who gives up gets its error, is not sent, and holds up nobody")
    func givingUp() async {
        let performer = Performer()
        let batcher = Self.batcher(performer)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Self.ask(batcher, "first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            let late = await Self.ask(batcher, "late", within: .milliseconds(20))
            #expect(throws: PalantirError.self) { try late?.get() }
            let cancelled = Task { await Self.ask(batcher, "cancelled") }
            await Self.waitFor(batcher, waiting: 1)
            cancelled.cancel()
            _ = await cancelled.value
            group.addTask { #expect((try? await Self.ask(batcher, "stays")?.get()) == "answer to stays") }
            await Self.waitFor(batcher, waiting: 1)
            await performer.end(Self.answers)
            await performer.end(Self.answers)
        }
        #expect(performer.calls.withLock { $0 } == [["first"], ["stays"]])
    }

    @Test("A call that all of its callers have left is told so, and no sooner")
    func abandoned() async {
        let performer = Performer()
        let batcher = Self.batcher(performer)
        let first = Task { await Self.ask(batcher, "first") }
        while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
        let (a, b) = (Task { await Self.ask(batcher, "a") }, Task { await Self.ask(batcher, "b") })
        await Self.waitFor(batcher, waiting: 2)
        await performer.end(Self.answers)
        while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
        a.cancel()
        _ = await a.value
        #expect(performer.running?.cancellation.isCancelled == false)
        b.cancel()
        _ = await b.value
        #expect(performer.running?.cancellation.isCancelled == true)
        await performer.end(Self.answers)
        #expect(batcher.load.running == 0)
        _ = await first.value
    }

    @Test("Beyond the bound callers are refused at once")
    func overload() async {
        let performer = Performer()
        let batcher = Self.batcher(performer, waiting: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await Self.ask(batcher, "first") }
            while performer.running == nil { try? await Task.sleep(for: .milliseconds(1)) }
            group.addTask { _ = await Self.ask(batcher, "waits") }
            await Self.waitFor(batcher, waiting: 1)
            guard case .failure(let error) = await Self.ask(batcher, "too many") else {
                Issue.record("it was not refused")
                return
            }
            #expect(error.code == .overloaded)
            await performer.end(Self.answers)
            await performer.end(Self.answers)
        }
    }
}
