import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// An issuer's public keys, kept: fetched now and then, and at once for a key id that is not known, though once an
/// interval at most, however many unknown ids come. While the issuer is down, those that are known hold.
package final class IssuerKeys: Sendable {
    package enum Source: Hashable, Sendable {
        case file(String)
        case url(String)
    }

    private struct State {
        var keys: [IssuerKey] = []
        /// Whether they were ever fetched.
        var areKnown = false
        var lastAttempt: ContinuousClock.Instant?
        var isFailing = false
        var waiting: [Pending<Void>] = []

        func isDue(every interval: Duration) -> Bool {
            lastAttempt.map { $0.duration(to: .now) >= interval } ?? true
        }
    }

    private let source: Source
    private let client: EgressClient
    private let logger: Logger
    /// Between two fetches for unknown key ids.
    private let interval: Duration
    private let state = Mutex(State())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// Issuers announce a new key hours before they sign with it.
    private static let lifetime = Duration.seconds(300)
    private static let fetchTimeout = Duration.seconds(5)
    /// A set of a hundred large keys.
    private static let maximumBytes = 262_144

    package init(source: Source, client: EgressClient, interval: Duration = .seconds(10), logger: Logger) {
        self.source = source
        self.client = client
        self.interval = interval
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether tokens can be judged at all.
    var areKnown: Bool { state.withLock { $0.areKnown } }

    /// The key of this id, or the only one for the algorithm where the token names none.
    func key(_ id: String?, _ algorithm: IssuerKey.Algorithm, by deadline: Deadline) async -> IssuerKey? {
        if let key = known(id, algorithm) { return key }
        await refreshed(by: deadline)
        return known(id, algorithm)
    }

    private func known(_ id: String?, _ algorithm: IssuerKey.Algorithm) -> IssuerKey? {
        let keys = state.withLock { $0.keys }.filter { $0.algorithm == algorithm }
        guard let id else { return keys.count == 1 ? keys.first : nil }
        return keys.first { $0.id == id }
    }

    private var isDue: Bool { state.withLock { $0.isDue(every: interval) } }

    /// Waits for a fetch, unless there was one a moment ago.
    private func refreshed(by deadline: Deadline) async {
        let pending = Pending<Void>()
        let isDue = state.withLock { state in
            guard state.isDue(every: interval) else { return false }
            state.waiting.append(pending)
            return true
        }
        guard isDue else { return }
        wake.yield()
        await pending.value(by: deadline, late: (), cancelled: ())
    }

    private func fetch() async {
        let result = await contents()
        let keys: Result<[IssuerKey], PalantirError>
        switch result {
        case .failure(let error): keys = .failure(error)
        case .success(let data):
            do {
                let found = try await IssuerKey.keys(in: data)
                keys =
                    found.isEmpty
                    ? .failure(Self.failure("it holds no key for RS256, ES256 or EdDSA")) : .success(found)
            } catch {
                keys = .failure(Self.failure("it is no JSON Web Key Set"))
            }
        }
        finish(keys)
    }

    private func finish(_ result: Result<[IssuerKey], PalantirError>) {
        let (waiting, wasFailing) = state.withLock { state in
            let wasFailing = state.isFailing
            state.lastAttempt = .now
            switch result {
            case .success(let keys): (state.keys, state.areKnown, state.isFailing) = (keys, true, false)
            case .failure: state.isFailing = true
            }
            defer { state.waiting = [] }
            return (state.waiting, wasFailing)
        }
        switch result {
        case .failure(let error) where !wasFailing:
            logger.warning(
                "The keys of the tokens' issuer cannot be fetched; those that are known hold on",
                metadata: ["reason": "\(error.cause ?? error.message)"])
        case .success(let keys) where wasFailing:
            logger.info("The keys of the tokens' issuer are there again", metadata: ["keys": "\(keys.count)"])
        default: break
        }
        for pending in waiting { pending.settle(()) }
    }

    private func contents() async -> Result<Data, PalantirError> {
        switch source {
        case .file(let path):
            guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)), data.count <= Self.maximumBytes else {
                return .failure(Self.failure("the file cannot be read, or is too large"))
            }
            return .success(data)
        case .url(let url):
            let answer = await client.send(
                .GET, url, headers: ["accept": "application/json"], maxAnswerBytes: Self.maximumBytes,
                by: .after(Self.fetchTimeout))
            switch answer {
            case .success(let answer) where answer.status == 200: return .success(Data(answer.body.readableBytesView))
            case .success(let answer): return .failure(Self.failure("it answered with status \(answer.status)"))
            case .failure(let failure): return .failure(Self.failure("\(failure)"))
            }
        }
    }

    private static func failure(_ cause: String) -> PalantirError {
        .unauthenticated("The issuer's keys are not to be had.", cause: cause)
    }
}

extension IssuerKeys: Service {
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.fetch()
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while (try? await Task.sleep(for: Self.lifetime)) != nil { self.wake.yield() }
                }
                // One who asked during a fetch got its keys, and has woken this all the same.
                for await _ in self.wakes where self.isDue { await self.fetch() }
                group.cancelAll()
            }
        }
    }
}
