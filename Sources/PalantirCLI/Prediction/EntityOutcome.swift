import Palantir

/// What came of asking for one entity: the model's labels, or what went wrong.
struct EntityOutcome: Sendable {
    let id: EntityID
    let result: Result<JSONText, EntityError>
}

/// What the hub says of an entity that was not answered.
struct EntityError: Error, Hashable {
    let code: String
    let message: String
}
