/// MLflow's REST messages, as far as they are read. Empty arrays are absent in them, and versions are text.
enum MLflowMessages {
    struct RegisteredModelPage: Decodable {
        let registered_models: [RegisteredModel]?
        let next_page_token: String?
    }

    struct ModelVersionPage: Decodable {
        let model_versions: [ModelVersion]?
        let next_page_token: String?
    }

    struct OneRegisteredModel: Decodable {
        let registered_model: RegisteredModel
    }

    struct OneModelVersion: Decodable {
        let model_version: ModelVersion
    }

    struct RegisteredModel: Decodable {
        let name: String
        let description: String?
        let tags: [Tag]?
        let aliases: [Alias]?
        let latest_versions: [ModelVersion]?
    }

    struct ModelVersion: Decodable {
        let name: String
        let version: String
        let status: String?
        let description: String?
        let source: String?
        let tags: [Tag]?
    }

    struct Tag: Decodable {
        let key: String
        let value: String?
    }

    struct Alias: Decodable {
        let alias: String
        let version: String
    }

    /// Of the artifact proxy; names are relative to the folder that was asked for.
    struct ArtifactPage: Decodable {
        let files: [Artifact]?
    }

    struct Artifact: Decodable {
        let path: String
        let is_dir: Bool?
        let file_size: Int?
    }

    struct DownloadURI: Decodable {
        let artifact_uri: String
    }

    struct Failure: Decodable {
        let error_code: String?
    }
}

extension RegisteredModel {
    /// - Parameter versions: all that are known of this model beyond the latest of each stage, which come with it.
    init(_ message: MLflowMessages.RegisteredModel, versions: [ModelVersion]) {
        let latest = (message.latest_versions ?? []).compactMap(ModelVersion.init)
        var byNumber = Dictionary(latest.map { ($0.number, $0) }) { first, _ in first }
        for version in versions { byNumber[version.number] = version }
        self.init(
            name: message.name, description: message.description ?? "", tags: Self.tags(message.tags),
            aliases: Dictionary(
                (message.aliases ?? []).compactMap { alias in Int(alias.version).map { (alias.alias, $0) } }
            ) { first, _ in first },
            versions: Array(byNumber.values))
    }

    fileprivate static func tags(_ tags: [MLflowMessages.Tag]?) -> [String: String] {
        Dictionary((tags ?? []).map { ($0.key, $0.value ?? "") }) { first, _ in first }
    }
}

extension ModelVersion {
    init?(_ message: MLflowMessages.ModelVersion) {
        guard let number = Int(message.version) else { return nil }
        self.init(
            number: number, status: message.status ?? Self.readyStatus, description: message.description ?? "",
            tags: RegisteredModel.tags(message.tags), source: message.source ?? "")
    }
}
