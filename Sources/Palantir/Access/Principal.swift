/// Who calls, and what that caller may do. Nothing else in the hub decides on credentials.
package struct Principal: Sendable {
    /// For logs: `key:shop`, `jwt:` and the token's subject, or `anonymous`.
    package let name: String
    package let scopes: Set<Scope>
    package let models: ModelPatterns
    /// Nil: as much as the caller likes.
    package let quota: CallerQuota?

    package init(name: String, scopes: Set<Scope>, models: ModelPatterns, quota: CallerQuota? = nil) {
        self.name = name
        self.scopes = scopes
        self.models = models
        self.quota = quota
    }

    /// Who has not been asked yet: may do nothing.
    package static let nobody = Principal(name: "nobody", scopes: [], models: .none)

    /// Anybody, where the hub is open.
    package static func anonymous(_ quota: CallerQuota? = nil) -> Principal {
        Principal(name: "anonymous", scopes: Set(Scope.allCases), models: .all, quota: quota)
    }

    /// - Throws: `PERMISSION_DENIED`.
    package func require(_ scope: Scope) throws(PalantirError) {
        guard scopes.contains(scope) else {
            throw PalantirError(
                .permissionDenied,
                "This caller may not do that: it lacks the scope \(scope.rawValue); ask who runs the hub for it.")
        }
    }

    /// Whether there is such a model is not told either.
    ///
    /// - Throws: `PERMISSION_DENIED`.
    package func require(model: String) throws(PalantirError) {
        guard models.allows(model) else { throw .modelDenied(model) }
    }

    /// Those of a reference's readings that are this caller's business: `a@b` may be a model, or an alias of `a`.
    ///
    /// - Throws: `PERMISSION_DENIED` if none is.
    package func readings(of reference: ModelReference) throws(PalantirError) -> ModelReference {
        guard let allowed = reference.limited(to: models) else { throw .modelDenied(reference.name.text) }
        return allowed
    }
}

extension PalantirError {
    fileprivate static func modelDenied(_ name: String) -> PalantirError {
        PalantirError(
            .permissionDenied,
            "This caller may not use the model \(name.debugDescription); ask who runs the hub for it.")
    }
}
