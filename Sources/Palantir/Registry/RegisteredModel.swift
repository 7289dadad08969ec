/// A registered model of the Model Registry.
package struct RegisteredModel: Hashable, Sendable, Codable {
    package let name: String
    package let description: String
    package let tags: [String: String]
    /// Alias → version number.
    package let aliases: [String: Int]
    /// In ascending order of their numbers.
    package let versions: [ModelVersion]

    package init(
        name: String, description: String = "", tags: [String: String] = [:], aliases: [String: Int] = [:],
        versions: [ModelVersion] = []
    ) {
        self.name = name
        self.description = description
        self.tags = tags
        self.aliases = aliases
        self.versions = versions.sorted { $0.number < $1.number }
    }

    /// The alias that chooses the served version.
    package static let servedAlias = "champion"

    package func version(_ number: Int) -> ModelVersion? {
        versions.first { $0.number == number }
    }

    /// Alias `champion` if set, else the latest version that is ready; nil if there is neither.
    package var servedVersion: ModelVersion? {
        if let number = aliases[Self.servedAlias] { return version(number) }
        return versions.last { $0.status == ModelVersion.readyStatus }
    }

    /// The tags that hold for a version: the registered model's, overridden by the version's own.
    package func tags(for version: ModelVersion?) -> [String: String] {
        tags.merging(version?.tags ?? [:]) { _, versionTag in versionTag }
    }
}

/// One version of a registered model.
package struct ModelVersion: Hashable, Sendable, Codable {
    package let number: Int
    /// As MLflow writes it: `READY`, `PENDING_REGISTRATION`, `FAILED_REGISTRATION`.
    package let status: String
    package let description: String
    package let tags: [String: String]
    /// Where the artifacts are; it tells a version from one of the same number of a deleted model.
    package let source: String

    package static let readyStatus = "READY"

    package init(
        number: Int, status: String = Self.readyStatus, description: String = "", tags: [String: String] = [:],
        source: String = ""
    ) {
        self.number = number
        self.status = status
        self.description = description
        self.tags = tags
        self.source = source
    }
}

/// What a model was logged to take and give, each as MLflow's own JSON text.
package struct ModelSignature: Hashable, Sendable, Codable {
    package let inputs: String?
    package let outputs: String?

    package init(inputs: String?, outputs: String?) {
        self.inputs = inputs
        self.outputs = outputs
    }
}
