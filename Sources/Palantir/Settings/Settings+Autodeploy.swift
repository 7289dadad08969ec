import Foundation

extension Setting where Value == DeploymentPolicy.Mode {
    package static let autodeploy = Setting(
        "PALANTIR_AUTODEPLOY", flag: "autodeploy", type: "word", default: "off",
        range: DeploymentPolicy.Mode.allCases.map(\.rawValue).joined(separator: ", "),
        // Loading a model runs its author's code.
        summary: "Which models without uri the hub serves itself: none, those tagged autodeploy=true, or all."
    ) { DeploymentPolicy.Mode(rawValue: $0) }
}

extension Setting where Value == PythonEnvironmentMode {
    package static let autodeployEnvironment = Setting(
        "PALANTIR_AUTODEPLOY_ENVIRONMENT", flag: "autodeploy-environment", type: "word", default: "shared",
        range: PythonEnvironmentMode.allCases.map(\.rawValue).joined(separator: ", "),
        summary: "The Python packages that models run with: PALANTIR_PYTHON's, or each model's own requirements.txt."
    ) { PythonEnvironmentMode(rawValue: $0) }
}

extension Setting where Value == [String] {
    package static let autodeployModels = list(
        "PALANTIR_AUTODEPLOY_MODELS", flag: "autodeploy-models", default: "*",
        summary: "The models that the hub may serve itself, with * and ?.")
}

extension Setting where Value == Int {
    package static let autodeployMaxResident = integer(
        "PALANTIR_AUTODEPLOY_MAX_RESIDENT", flag: "autodeploy-max-resident", default: 20, in: 1...10_000,
        // A scikit-learn model takes 20 to 30 MB of its own.
        summary: "Models in memory at once; beyond it the one that was asked longest ago leaves.")
    package static let autodeployIdle = integer(
        "PALANTIR_AUTODEPLOY_IDLE_S", flag: "autodeploy-idle-s", default: 0, in: 0...31_536_000,
        summary: "Seconds without requests after which a model leaves memory; 0 never; tag autodeploy_idle_s.")
    package static let autodeployMemory = integer(
        "PALANTIR_AUTODEPLOY_MEMORY_MB", flag: "autodeploy-memory-mb", default: 2_048, in: 32...1_048_576,
        summary: "The most memory that a model's process may add to what it shares.")
}

extension Setting where Value == String {
    package static let autodeployUser = Setting(
        "PALANTIR_AUTODEPLOY_USER", flag: "autodeploy-user", type: "user",
        default: "the hub's own; nobody where that is root",
        summary: "The user that models run as; only root can choose another than its own."
    ) { $0 }
    package static let python = Setting(
        "PALANTIR_PYTHON", flag: "python", type: "path", default: "python/bin/python in PALANTIR_DATA",
        summary: "The Python that runs models; it has mlflow and what they need."
    ) { $0 }
}

extension AutodeploySettings {
    /// Whether the Python that runs models on this machine is there.
    package var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }
}
