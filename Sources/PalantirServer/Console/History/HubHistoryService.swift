import Foundation
import ServiceLifecycle

/// Looks at the hub once a second, for its history; what the requests count costs them nothing more for it.
struct HubHistoryService: Service {
    let hub: Hub

    private static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var next = ContinuousClock.now
            while !Task.isCancelled {
                hub.history.note(HubSample(of: hub), at: Int(Date().timeIntervalSince1970.rounded()))
                next = max(next.advanced(by: Self.interval), .now)
                try? await Task.sleep(until: next, tolerance: .milliseconds(20), clock: .continuous)
            }
        }
    }
}
