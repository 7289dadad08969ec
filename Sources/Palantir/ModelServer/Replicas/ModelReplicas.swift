import NIOCore
import Synchronization

/// A model's replicas: chooses one for each call, judges them by their answers, and says whether a call may be repeated.
final class ModelReplicas: Sendable {
    typealias Result = Swift.Result<EgressClient.Answer, EgressClient.Failure>

    /// What became of a call.
    enum Outcome: Sendable {
        case done(Result, by: Int)
        /// No call was made: the only replica failed, and is not asked until then.
        case suspended(until: ContinuousClock.Instant)
    }

    private struct State {
        var balancer: ReplicaBalancer
        var budget: RetryBudget
        var random = SystemRandomNumberGenerator()
        var counts = Counts()
    }

    /// What happened since the start.
    struct Counts: Sendable {
        var retries = 0
        var ejections = 0
    }

    private static let probeTime = Duration.seconds(1)

    private let replicas: [ModelReplica]
    private let maxAnswerBytes: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - timeout: what a call to the model usually has.
    ///   - connectors: open the connections to an address.
    init(
        uris: [ModelURI], secret: String?, maxAnswerBytes: Int, timeout: Duration,
        connectors: (ModelURI) -> EgressConnector
    ) {
        replicas = uris.map { ModelReplica($0, secret: secret, connectors: connectors) }
        self.maxAnswerBytes = maxAnswerBytes
        let now = ContinuousClock.now
        let balancer = ReplicaBalancer(
            count: max(uris.count, 1), patience: min(.seconds(1), timeout / 2), from: now)
        state = Mutex(State(balancer: balancer, budget: RetryBudget(from: now)))
    }

    func uri(of index: Int) -> ModelURI { replicas[index].uri }

    var counts: Counts { state.withLock { $0.counts } }

    /// How each of them stands.
    var statuses: [ReplicaStatus] {
        let now = ContinuousClock.now
        return state.withLock { state in
            replicas.indices.map { state.balancer.status(of: $0, replicas[$0].uri, at: now) }
        }
    }

    /// How many are not asked now.
    var ejected: Int {
        let now = ContinuousClock.now
        return state.withLock { $0.balancer.ejected(at: now) }
    }

    /// Until when a model's only replica is not asked; nil if calls may be made.
    var suspension: ContinuousClock.Instant? {
        let now = ContinuousClock.now
        return state.withLock { $0.balancer.suspension(at: now) }
    }

    /// Whether a call that failed may be made once more, and after what pause: a random part of 25 ms ("full jitter"),
    /// so that those who failed together do not come back together.
    func takeRetry(by deadline: Deadline) -> Duration? {
        let now = ContinuousClock.now
        return state.withLock { state in
            let pause = Duration.milliseconds(Int.random(in: 0...25, using: &state.random))
            guard now.advanced(by: pause) < deadline.instant, state.budget.takeRetry(at: now) else { return nil }
            state.counts.retries += 1
            return pause
        }
    }

    /// Makes a call to one of them.
    ///
    /// - Parameters:
    ///   - trace: what the model is told of the call's place.
    ///   - tried: the one that failed before; nil for a call's first try.
    func post(
        _ body: ByteBuffer, trace: TraceContext?, by deadline: Deadline, avoiding tried: Int?,
        cancellation: Cancellation,
        _ completion: @escaping @Sendable (Outcome) -> Void
    ) {
        let now = ContinuousClock.now
        let choice = state.withLock { state in
            if tried == nil { state.budget.noteCall(at: now) }
            return state.balancer.choose(avoiding: tried, at: now, random: &state.random)
        }
        switch choice {
        case .suspended(let until): completion(.suspended(until: until))
        case .replica(let index, let probed):
            // Nobody waits for the probe's answer, so it may take its time.
            if let probed {
                post(body, nil, to: probed, by: .after(Self.probeTime), at: now, cancellation: .init()) { _ in }
            }
            post(body, trace, to: index, by: deadline, at: now, cancellation: cancellation) { result in
                completion(.done(result, by: index))
            }
        }
    }

    func close() {
        for replica in replicas { replica.close() }
    }

    private func post(
        _ body: ByteBuffer, _ trace: TraceContext?, to index: Int, by deadline: Deadline,
        at begin: ContinuousClock.Instant,
        cancellation: Cancellation, _ completion: @escaping HTTPConnection.Completion
    ) {
        replicas[index].post(
            body, trace: trace, maxAnswerBytes: maxAnswerBytes, by: deadline, cancellation: cancellation
        ) { result in
            let now = ContinuousClock.now
            let latency = begin.duration(to: now)
            let ending = self.ending(of: result)
            self.state.withLock { state in
                let jitter = Double.random(in: 0.8...1.2, using: &state.random)
                let isEjected = state.balancer.finish(index, ending, after: latency, jitter: jitter, at: now)
                if isEjected { state.counts.ejections += 1 }
            }
            completion(result)
        }
    }

    private func ending(of result: Result) -> ReplicaBalancer.Ending {
        switch result {
        case .success(let answer) where (502...504).contains(answer.status): .failed
        case .success(let answer): answer.status >= 500 ? .erred : .answered
        case .failure(.unreachable): .failed
        case .failure(.answerTooLarge), .failure(.answerEncoded): .answered
        // Others take its calls; a model's only address is not suspended for it, since nobody is spared by that.
        case .failure(.refused): replicas.count > 1 ? .failed : .silent
        case .failure(.deadlineExceeded), .failure(.cancelled): .silent
        }
    }
}
