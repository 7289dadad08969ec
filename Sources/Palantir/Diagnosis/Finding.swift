/// What a check found of one component or model: that it is well, or what is not and what mends it.
package struct Finding: Hashable, Sendable {
    package let check: Check
    package let severity: Severity
    /// The component, or the registered model's name.
    package let subject: String
    /// One sentence. It names no address, no secret and no feature value.
    package let message: String
    /// What mends it: SQL, the Python that sets a tag, a setting, a command, or a sentence; nil where all is well.
    package let remedy: String?
    /// The component whose own error this one follows from, if it does.
    package let cause: String?

    package enum Severity: String, CaseIterable, Comparable, Sendable {
        case ok
        /// It serves, slowly or not everybody.
        case warning
        /// Predictions fail.
        case error

        package static func < (left: Self, right: Self) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    /// Components, as subjects.
    package enum Component {
        package static let settings = "settings"
        package static let registry = "mlflow"
        package static let featureStore = "feature_store"
        package static let hub = "hub"
    }

    package static func ok(_ check: Check, of subject: String, _ message: String) -> Finding {
        Finding(check: check, severity: .ok, subject: subject, message: message, remedy: nil, cause: nil)
    }

    package static func warning(
        _ check: Check, of subject: String, _ message: String, remedy: String
    ) -> Finding {
        Finding(check: check, severity: .warning, subject: subject, message: message, remedy: remedy, cause: nil)
    }

    package static func error(
        _ check: Check, of subject: String, _ message: String, remedy: String, cause: String? = nil
    ) -> Finding {
        Finding(check: check, severity: .error, subject: subject, message: message, remedy: remedy, cause: cause)
    }
}

extension Sequence<Finding> {
    /// The worst of them.
    package var severity: Finding.Severity { map(\.severity).max() ?? .ok }

    /// Those that want something done.
    package var troubles: [Finding] { filter { $0.severity != .ok } }
}
