/// How models are connected to.
package struct ModelEgress: Sendable {
    /// What holds for `uri` tags.
    let rules: Reloadable<ModelHostRules>
    private let trust: TLSTrust

    package init(rules: ModelHostRules, trust: TLSTrust) {
        self.rules = Reloadable(rules)
        self.trust = trust
    }

    /// - Parameter isDeployed: whether Palantir itself put the model there, rather than a tag.
    func connector(to uri: ModelURI, isDeployed: Bool) -> EgressConnector {
        EgressConnector(to: uri, rules: isDeployed ? .configured : .tagged(rules), trust: trust)
    }
}
