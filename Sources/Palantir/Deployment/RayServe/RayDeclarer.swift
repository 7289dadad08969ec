import Logging
import Synchronization

/// Makes Ray's declaration say what is wanted of Palantir's applications, one declaration after the other.
///
/// Ray has no version check: two writers that read the same declaration overwrite each other. So it looks again after each
/// write, and writes anew where what is wanted is not there.
final class RayDeclarer: Sendable {
    private let dashboard: RayDashboard
    private let proxy: RayDeclaration.Proxy
    /// By an application's name, asked at the last moment.
    private let wanted: @Sendable (String) -> RayApplicationConfig?
    private let logger: Logger
    private let waiting = Mutex<[String: [Pending<Result<Void, PalantirError>>]]>([:])
    private let wake: AsyncStream<Void>
    private let wakeContinuation: AsyncStream<Void>.Continuation

    /// A declaration makes Ray begin anew with applications that it builds at the moment, so models that are deployed at
    /// the same time are better declared together.
    private static let gathering = Duration.milliseconds(500)
    private static let attempts = 6
    private static let longestWait = Duration.seconds(180)

    init(
        dashboard: RayDashboard, proxy: RayDeclaration.Proxy, logger: Logger,
        wanted: @escaping @Sendable (String) -> RayApplicationConfig?
    ) {
        self.dashboard = dashboard
        self.proxy = proxy
        self.wanted = wanted
        self.logger = logger
        (wake, wakeContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns once Ray has declared what is wanted of an application.
    ///
    /// - Throws: `MODEL_NOT_READY` with the reason; it is tried again with ``retry()``.
    func settle(_ application: String) async throws(PalantirError) {
        let pending = Pending<Result<Void, PalantirError>>()
        waiting.withLock { $0[application, default: []].append(pending) }
        wakeContinuation.yield()
        let late = Result<Void, PalantirError>.failure(.notStarted("Ray's dashboard does not answer in time"))
        try await pending.value(by: .after(Self.longestWait), late: late, cancelled: late).get()
    }

    /// Whether something could not be declared and waits for ``retry()``.
    var isBehind: Bool { waiting.withLock { !$0.isEmpty } }

    func retry() {
        if isBehind { wakeContinuation.yield() }
    }

    /// Returns when its task is cancelled.
    func run() async {
        for await _ in wake {
            try? await Task.sleep(for: Self.gathering)
            let asked = waiting.withLock { waiting in
                defer { waiting = [:] }
                return waiting
            }
            guard !asked.isEmpty, !Task.isCancelled else { continue }
            let result: Result<Void, PalantirError>
            do throws(PalantirError) {
                try await declare(asked.keys.sorted())
                result = .success(())
            } catch {
                logger.warning("Ray could not be told", metadata: ["reason": "\(error.cause ?? error.message)"])
                // Without anybody who waits: what is wanted may have changed by then.
                waiting.withLock { waiting in for name in asked.keys { waiting[name, default: []] += [] } }
                result = .failure(error)
            }
            for pending in asked.values.joined() { pending.settle(result) }
        }
    }

    private func declare(_ applications: [String]) async throws(PalantirError) {
        for attempt in 0..<Self.attempts {
            // Another writer got in between: not both again at the same moment.
            if attempt > 1 { try? await Task.sleep(for: .milliseconds(Int.random(in: 100...(400 << attempt)))) }
            let declaration = RayDeclaration(
                changes: Dictionary(uniqueKeysWithValues: applications.map { ($0, wanted($0)) }), proxy: proxy)
            let state = try await dashboard.state()
            if declaration.agrees(with: state) { return }
            if let name = declaration.conflict(with: state) {
                throw .notStarted("somebody has deployed an application \(name) in Ray by hand")
            }
            try await dashboard.declare(declaration.body(over: state))
        }
        throw .notStarted("somebody else goes on declaring Ray's applications differently")
    }
}
