/// A Python that runs models.
struct PythonEnvironment: Hashable, Sendable {
    /// A folder's name.
    let id: String
    let python: String

    /// The one that the operator made, for every model.
    static func shared(_ python: String) -> PythonEnvironment {
        PythonEnvironment(id: "shared", python: python)
    }
}

/// Which Python runs a model.
package enum PythonEnvironmentMode: String, CaseIterable, Sendable {
    /// The hub's, for all of them.
    case shared
    /// One that is made from the model's own `requirements.txt`.
    case perModel = "per-model"
}
