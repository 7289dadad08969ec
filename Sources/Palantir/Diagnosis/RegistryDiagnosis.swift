/// What an answer of MLflow means, and what mends it.
enum RegistryDiagnosis {
    private static let subject = Finding.Component.registry
    /// Webhooks and tokens allow minutes; beyond half a minute two clocks are not both right.
    private static let clockTolerance = Duration.seconds(30)

    static func findings(_ inspection: RegistryInspection) -> [Finding] {
        guard inspection.outcome == .answers else { return [fault(inspection)] }
        let version = inspection.version.map { "MLflow \($0)" } ?? "MLflow"
        return [.ok(.registry, of: subject, "\(version) lists its registered models.")] + clock(inspection)
    }

    private static func clock(_ inspection: RegistryInspection) -> [Finding] {
        guard let ahead = inspection.clockAhead else { return [] }
        guard abs(ahead / .seconds(1)) > clockTolerance / .seconds(1) else {
            return [.ok(.clock, of: subject, "Its clock and this machine's agree.")]
        }
        let distance = "\(ahead > .zero ? ahead.words : (.zero - ahead).words) \(ahead > .zero ? "ahead of" : "behind")"
        return [
            .warning(
                .clock, of: subject,
                "MLflow's clock is \(distance) this machine's: signed webhooks and tokens may be refused, and ages be wrong.",
                remedy: "timedatectl set-ntp true on both machines, or whatever else sets their clocks.")
        ]
    }

    private static func fault(_ inspection: RegistryInspection) -> Finding {
        let (message, remedy) = words(inspection)
        return .error(.registry, of: subject, message, remedy: remedy)
    }

    private static func words(_ inspection: RegistryInspection) -> (message: String, remedy: String) {
        if inspection.answersWithoutPath {
            return (
                "MLflow's API does not answer below the path of MLFLOW_URI, and does without it.",
                "Set MLFLOW_URI to its address without the path."
            )
        }
        switch inspection.outcome {
        case .answers: return ("MLflow answers.", "Nothing is to be done.")
        case .unauthenticated where inspection.hasCredentials:
            return (
                "MLflow refuses our credentials (status 401).",
                "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, to an account that "
                    + "may read registered models."
            )
        case .unauthenticated:
            return (
                "MLflow asks who we are (status 401), and no credentials are set.",
                "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
            )
        case .denied:
            return (
                "MLflow does not let us list its registered models (status 403).",
                "Give our MLflow account READ on the registered models, or set another account's credentials."
            )
        case .hostRefused:
            return (
                "MLflow refuses the host name that MLFLOW_URI calls it by (\"Invalid Host header\"); /health is exempt, "
                    + "and so green.",
                "Start it with that name: mlflow server --allowed-hosts \"<host of MLFLOW_URI>,<host of MLFLOW_URI>:*\""
            )
        case .redirected:
            return (
                "MLflow's address redirects, which is not followed: a proxy or a sign-in page stands before it.",
                "Set MLFLOW_URI to the address that it redirects to, or one behind the proxy."
            )
        case .absent:
            return (
                "There is no MLflow API at MLFLOW_URI (status 404).",
                "Set MLFLOW_URI to the tracking server's address, with the path before /api if it has one."
            )
        case .notMLflow:
            return (
                "What answers at MLFLOW_URI is not MLflow's API: a proxy's page, or another program.",
                "Set MLFLOW_URI to the tracking server itself; where a proxy asks for a sign-in, to an address behind it."
            )
        case .failed(let status):
            return ("MLflow fails with status \(status).", "Look into MLflow's own log; its database may be gone.")
        case .untrusted:
            return (
                "MLflow's certificate is not one that this machine trusts.",
                "Set PALANTIR_CA_FILE to a PEM file of the authority that issued it."
            )
        case .late:
            return (
                "MLflow took the connection and did not answer in time.",
                "See whether it is overloaded, or its database is; then whether a firewall drops what it sends."
            )
        case .unreachable:
            return (
                "Nobody answers at MLFLOW_URI.",
                "Start MLflow there (mlflow server), or set MLFLOW_URI to where it is."
            )
        }
    }
}
