/// How a model stands that the hub is to run itself.
struct DeploymentDiagnosis: Sendable {
    let model: String
    /// Nil: no hub tells.
    let deployment: Deployment?

    func finding() -> Finding {
        guard let deployment else {
            return .ok(.deployment, of: model, "A hub with these settings deploys it.")
        }
        if let failure = deployment.failure {
            let message =
                "Its version \(failure.version) could not be deployed (\(failure.attempts) attempts): "
                + "\(failure.reason.withoutPlaces)"
            let fix = "palantir deployments logs \(shellWord); then palantir deployments restart \(shellWord)"
            // An older version may answer meanwhile.
            return deployment.address == nil
                ? .error(.deployment, of: model, message, remedy: fix)
                : .warning(.deployment, of: model, message, remedy: fix)
        }
        let version = "version \(deployment.version)"
        return switch deployment.state {
        case .ready, .draining: .ok(.deployment, of: model, "The hub runs its \(version).")
        case .stopped: .ok(.deployment, of: model, "Its \(version) starts with the next request.")
        case .pending, .preparing, .starting: .ok(.deployment, of: model, "Its \(version) is on its way.")
        case .failed:
            .error(
                .deployment, of: model, "Its \(version) could not be deployed.",
                remedy: "palantir deployments logs \(shellWord)")
        }
    }

    private var shellWord: String {
        let isPlain = model.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@".contains($0)) }
        return isPlain ? model : "'" + model.replacing("'", with: "'\\''") + "'"
    }
}
