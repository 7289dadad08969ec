import NIOCore

/// The line of Python that sets a tag where it holds: on the served version if that overrides the registered model's.
/// `from mlflow import MlflowClient` comes before it.
struct TagRemedy: Sendable {
    let model: RegisteredModel
    let version: ModelVersion?

    func set(_ tag: String, to value: String) -> String {
        let pair = "\(Self.literal(tag)), \(Self.literal(value)))"
        if let version, version.tags[tag] != nil {
            return "MlflowClient().set_model_version_tag(\(Self.literal(model.name)), \"\(version.number)\", " + pair
        }
        return "MlflowClient().set_registered_model_tag(\(Self.literal(model.name)), " + pair
    }

    func delete(_ tag: String) -> String {
        if let version, version.tags[tag] != nil {
            return "MlflowClient().delete_model_version_tag("
                + "\(Self.literal(model.name)), \"\(version.number)\", \(Self.literal(tag)))"
        }
        return "MlflowClient().delete_registered_model_tag(\(Self.literal(model.name)), \(Self.literal(tag)))"
    }

    /// JSON's strings are Python's too.
    private static func literal(_ text: String) -> String {
        var buffer = ByteBuffer()
        buffer.writeJSON(string: text)
        return String(buffer: buffer)
    }
}
