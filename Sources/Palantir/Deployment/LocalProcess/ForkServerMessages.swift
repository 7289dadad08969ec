import Foundation

/// What the hub tells the fork server, a JSON line each.
enum ForkServerCommand: Encodable, Sendable {
    case start(ForkServerStart)
    case stop(deployment: String, graceSeconds: Double)
    case shutdown(graceSeconds: Double)

    private enum Keys: String, CodingKey {
        case command, deployment
        case grace = "grace_s"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        switch self {
        case .start(let start):
            try container.encode("start", forKey: .command)
            try start.encode(to: encoder)
        case .stop(let deployment, let grace):
            try container.encode("stop", forKey: .command)
            try container.encode(deployment, forKey: .deployment)
            try container.encode(grace, forKey: .grace)
        case .shutdown(let grace):
            try container.encode("shutdown", forKey: .command)
            try container.encode(grace, forKey: .grace)
        }
    }

    /// With its line's end.
    var line: String {
        // Texts and numbers alone: encoding them cannot fail.
        let data = (try? JSONEncoder().encode(self)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

/// How a replica is started.
struct ForkServerStart: Encodable, Sendable {
    let deployment: String
    let modelPath: String
    let secret: String
    let logPath: String
    let memoryLimitBytes: Int?
    let user: ReplicaUser?
    let graceSeconds: Double
    let loadTimeoutSeconds: Double

    private enum CodingKeys: String, CodingKey {
        case deployment, secret, user
        case modelPath = "model_path"
        case logPath = "log_path"
        case memoryLimitBytes = "memory_limit_bytes"
        case graceSeconds = "grace_s"
        case loadTimeoutSeconds = "load_timeout_s"
    }
}

/// What the fork server tells the hub.
enum ForkServerEvent: Sendable {
    case ready(python: String, mlflow: String)
    case listening(deployment: String, port: Int, answeredExample: Bool)
    case failed(deployment: String, reason: String)
    case exited(deployment: String, expected: Bool, reason: String)
    /// About a command, or about the fork server itself.
    case error(deployment: String?, reason: String)

    private struct Message: Decodable {
        let event: String
        let deployment: String?
        let port: Int?
        let example: String?
        let expected: Bool?
        let reason: String?
        let python: String?
        let mlflow: String?
    }

    /// - Returns: nil for a line that is none of these.
    init?(line: String) {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(line.utf8)) else { return nil }
        switch (message.event, message.deployment) {
        case ("ready", _): self = .ready(python: message.python ?? "unknown", mlflow: message.mlflow ?? "unknown")
        case ("listening", let deployment?):
            guard let port = message.port, (1...65_535).contains(port) else { return nil }
            self = .listening(deployment: deployment, port: port, answeredExample: message.example == "answered")
        case ("failed", let deployment?): self = .failed(deployment: deployment, reason: message.reason ?? "it failed")
        case ("exited", let deployment?):
            self = .exited(
                deployment: deployment, expected: message.expected ?? false, reason: message.reason ?? "it ended")
        case ("error", let deployment):
            self = .error(deployment: deployment, reason: message.reason ?? "it reports an error")
        default: return nil
        }
    }
}
