extension Sequence<Finding> {
    /// With one finding, in the place of the first, for the models' feature tables that cannot be looked at because the
    /// feature store's own error is among the findings too: a thousand of them would hide the rest.
    package func folded() -> [Finding] {
        let store = Finding.Component.featureStore
        let followers = filter { $0.cause == store }
        guard followers.count > 1, contains(where: { $0.subject == store && $0.severity == .error }) else {
            return Array(self)
        }
        var hasTold = false
        return compactMap { finding in
            guard finding.cause == store else { return finding }
            defer { hasTold = true }
            return hasTold ? nil : Self.unseen(tablesOf: followers.map(\.subject))
        }
    }

    private static func unseen(tablesOf models: [String]) -> Finding {
        let shown = models.prefix(3).joined(separator: ", ")
        let more = models.count > 3 ? " and \(models.count - 3) more" : ""
        return .error(
            .featureTable, of: Finding.Component.featureStore,
            "The feature tables of \(models.count) models cannot be looked at: \(shown)\(more).",
            remedy: "See what is said of the feature store.", cause: Finding.Component.featureStore)
    }
}
