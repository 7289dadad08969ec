import Foundation
import NIOCore

/// An application as Palantir declares it to Ray Serve: a function of the registry, the settings and the serving code
/// alone, so that several hubs on one Ray declare the same.
struct RayApplicationConfig: Codable, Hashable, Sendable {
    let name: String
    let routePrefix: String
    let importPath: String
    let runtimeEnv: RuntimeEnvironment
    let args: Arguments
    let deployments: [DeploymentOptions]

    struct RuntimeEnvironment: Codable, Hashable, Sendable {
        let workingDir: String

        private enum CodingKeys: String, CodingKey {
            case workingDir = "working_dir"
        }
    }

    /// What `build` in `Python/palantir_ray.py` gets.
    struct Arguments: Codable, Hashable, Sendable {
        let model: String
        let version: Int
        /// Where the artifacts are.
        let artifacts: String
        /// Where a row is to try it on, if it has no input example. The row itself is nobody's but the model's.
        let trial: String
        /// What each prediction has to bring along; nil where Ray has no authentication either.
        let secret: String?
    }

    struct DeploymentOptions: Codable, Hashable, Sendable {
        var name = "Model"
        /// Ray's own 5 would keep callers from being merged.
        var maxOngoingRequests = 100
        /// A version's replicas start beside those that they replace, and these end after that.
        var maxSurgePercent = 100
        let numReplicas: ReplicaCount
        let autoscaling: Autoscaling?

        private enum CodingKeys: String, CodingKey {
            case name
            case maxOngoingRequests = "max_ongoing_requests"
            case maxSurgePercent = "max_surge_percent"
            case numReplicas = "num_replicas"
            case autoscaling = "autoscaling_config"
        }
    }

    enum ReplicaCount: Codable, Hashable, Sendable {
        case fixed(Int)
        case auto

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = (try? container.decode(Int.self)).map(Self.fixed) ?? .auto
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .fixed(let count): try container.encode(count)
            case .auto: try container.encode("auto")
            }
        }
    }

    struct Autoscaling: Codable, Hashable, Sendable {
        let minReplicas: Int
        let maxReplicas: Int
        /// A hub makes one call at once for each replica that there may be; one that is under way keeps a replica busy.
        var targetOngoingRequests = 1

        private enum CodingKeys: String, CodingKey {
            case minReplicas = "min_replicas"
            case maxReplicas = "max_replicas"
            case targetOngoingRequests = "target_ongoing_requests"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case name, args, deployments
        case routePrefix = "route_prefix"
        case importPath = "import_path"
        case runtimeEnv = "runtime_env"
    }
}

extension RayApplicationConfig {
    static func name(of model: String) -> String { "palantir-" + DeploymentFolder.slug(model) }

    init(_ deployable: DeployableVersion, code: ServingCode, settings: RaySettings) {
        name = Self.name(of: deployable.model)
        routePrefix = "/" + name
        importPath = "palantir_ray:build"
        runtimeEnv = RuntimeEnvironment(workingDir: "\(settings.codeURL)/deployments/code/\(code.name)")
        func address(of file: RayKey.File) -> String {
            let file = "\(file.rawValue)/\(settings.key.name(of: file, for: ModelArtifactFolder.name(of: deployable)))"
            return "\(settings.codeURL)/deployments/\(file)"
        }
        args = Arguments(
            model: deployable.model, version: deployable.version,
            artifacts: address(of: .artifacts), trial: address(of: .trials),
            secret: settings.key.secret(of: name))
        deployments = [DeploymentOptions(deployable.spec.replicas)]
    }

    /// What Ray says is declared; nil for what is not Palantir's.
    init?(_ text: JSONText) {
        guard let config = try? JSONDecoder().decode(Self.self, from: Data(text.bytes.readableBytesView)) else {
            return nil
        }
        self = config
    }

    var text: JSONText {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts and integers alone: encoding them cannot fail.
        return JSONText(validated: ByteBuffer(bytes: (try? encoder.encode(self)) ?? Data()))
    }
}

extension RayApplicationConfig.DeploymentOptions {
    init(_ replicas: ReplicaRange?) {
        if let replicas, replicas.least < replicas.most {
            self.init(numReplicas: .auto, autoscaling: .init(minReplicas: replicas.least, maxReplicas: replicas.most))
        } else {
            self.init(numReplicas: .fixed(replicas?.most ?? 1), autoscaling: nil)
        }
    }
}
