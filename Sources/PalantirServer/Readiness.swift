import NIOCore
import Palantir

/// Whether the hub can serve now, and what it lacks if it cannot.
struct Readiness: Sendable {
    let isReady: Bool
    private let isDraining: Bool
    private let mirror: RegistryMirrorStatus
    private let isStoreReachable: Bool
    private let storeError: PalantirError?

    init(of hub: Hub) {
        mirror = hub.registry.status
        isDraining = hub.drain.hasBegun
        switch hub.probe.current {
        case .reachable: (isStoreReachable, storeError) = (true, nil)
        case .unknown: (isStoreReachable, storeError) = (false, nil)
        case .unreachable(let error): (isStoreReachable, storeError) = (false, error)
        }
        isReady = mirror.age != nil && !isDraining && isStoreReachable
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { object in
            object.member("status", text: isReady ? "ready" : isDraining ? "draining" : "not ready")
            object.member("registry") { buffer in
                buffer.writeJSONObject { object in
                    object.member("models", number: mirror.models)
                    object.member("age_seconds", seconds: mirror.age)
                    object.member("error", text: mirror.lastError)
                }
            }
            object.member("feature_store") { buffer in
                buffer.writeJSONObject { object in
                    object.member("reachable", flag: isStoreReachable)
                    object.member("error", text: storeError?.message)
                }
            }
        }
    }
}
