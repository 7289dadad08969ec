extension Setting where Value == Int {
    package static let featureMaximumAge = integer(
        // A month: tables that are filled monthly are sound, pipelines that died are found.
        "PALANTIR_FEATURE_MAX_AGE_HOURS", flag: "feature-max-age-hours", default: 768, in: 0...87_600,
        summary:
            "How old a feature table's newest row may be, where feature_timestamp tells; 0 for any age. It only warns.")
}

extension Settings {
    /// What a diagnosis judges by.
    package var diagnosisCriteria: Doctor.Criteria {
        let isFile = if case .sqlite = featureStore { true } else { false }
        return Doctor.Criteria(
            policy: autodeploy.policy, hosts: modelHostRules,
            allowedHosts: given[Setting<ModelHosts>.modelHosts.description.name], allowedTables: featureTables,
            maximumAge: featureMaximumAge, storeIsFile: isFile)
    }
}
