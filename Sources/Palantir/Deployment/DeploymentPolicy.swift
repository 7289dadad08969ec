import Foundation

/// Which registered models the hub deploys itself. Loading a model runs its author's code, so the operator decides.
package struct DeploymentPolicy: Hashable, Sendable {
    package let mode: Mode
    /// Globs over models' names.
    package let models: [String]

    package enum Mode: String, CaseIterable, Sendable {
        case off
        /// Models whose tag `autodeploy` is `true`.
        case tagged
        /// Every model that has a feature table and no `uri`.
        case all
    }

    package static let off = DeploymentPolicy(mode: .off)

    package init(mode: Mode, models: [String] = ["*"]) {
        self.mode = mode
        self.models = models
    }

    /// - Parameter tagged: the model's tag `autodeploy`.
    func deploys(_ model: String, tagged: Bool) -> Bool {
        switch mode {
        case .off: false
        case .tagged: tagged && isNamed(model)
        case .all: isNamed(model)
        }
    }

    private func isNamed(_ model: String) -> Bool {
        models.contains { fnmatch($0, model, 0) == 0 }
    }
}
