import Foundation
import PalantirTesting

/// Palantir's only application, as Ray's dashboard shows it.
struct RayServeApplication {
    let status: String?
    /// When Ray last took over a declaration of it.
    let deployed: Double?
    let autoscaling: [String: Any]
    /// Of the replicas that run.
    let replicas: Set<String>
    let version: Int?

    init(on ray: RayHead, _ http: TestHTTP) async throws {
        let all = try await http.get(ray.applications).member("applications") as? [String: [String: Any]] ?? [:]
        let found = all.first { $0.key.hasPrefix("palantir-") }?.value
        let config = found?["deployed_app_config"] as? [String: Any]
        let model = (found?["deployments"] as? [String: [String: Any]])?["Model"]
        status = found?["status"] as? String
        deployed = found?["last_deployed_time_s"] as? Double
        version = (config?["args"] as? [String: Any])?["version"] as? Int
        autoscaling =
            (config?["deployments"] as? [[String: Any]])?.first?["autoscaling_config"] as? [String: Any] ?? [:]
        replicas = Set(
            (model?["replicas"] as? [[String: Any]] ?? []).filter { $0["state"] as? String == "RUNNING" }
                .compactMap { $0["replica_id"] as? String })
    }
}
