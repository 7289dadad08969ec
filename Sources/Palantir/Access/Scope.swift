/// What a caller may do. None of them holds another: a key has just what it was made for.
package enum Scope: String, CaseIterable, Hashable, Sendable {
    /// `POST /predict` and `/predictions`.
    case predict
    /// `GET /models/{name}/features/{id}`: rows as they stand in the feature table.
    case features
    /// `GET /models`, `/models/{name}` and `/diagnosis`.
    case models
    /// Everything below `/deployments`, a restart too.
    case deployments
    /// `GET /metrics`.
    case admin

    package static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
