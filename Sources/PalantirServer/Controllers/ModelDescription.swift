import NIOCore
import Palantir

/// What Palantir knows of a model, as `/models` tells it.
struct ModelDescription: Sendable {
    private let model: RegisteredModel
    private let version: ModelVersion?
    private let spec: ServingSpec?
    private let columns: [FeatureColumn]
    private let signature: ModelSignature?
    /// How the hub runs it; nil if it does not.
    private let deployment: Deployment?
    private let replicas: [ReplicaStatus]
    /// Why it cannot be served; nil if it can.
    private let error: PalantirError?
    /// What callers of predictions are not told of that: which address a tag names.
    private let detail: String?

    init(_ mirrored: MirroredModel, _ choice: ModelReference.Choice, hub: Hub, by deadline: Deadline) async {
        model = mirrored.model
        version = mirrored.version(choice)
        signature = version.flatMap { hub.registry.signatures.signature(of: $0, of: mirrored.model.name) }
        deployment = hub.deployments?.deployment(of: mirrored.model.name)
        var columns: [FeatureColumn] = []
        var spec: ServingSpec?
        do throws(PalantirError) {
            let parsed = try mirrored.spec(choice)
            spec = parsed
            columns = try await hub.features.columns(of: parsed.featureTable, by: deadline)
            error = nil
            detail = nil
        } catch {
            self.error = error
            // What a feature store's driver says is for the log alone.
            detail = spec == nil ? error.cause : nil
        }
        self.spec = spec
        self.columns = columns
        replicas = spec.flatMap { hub.endpoints?.replicas(of: $0) } ?? []
    }

    func write(to object: inout JSONObjectWriter) {
        object.member("name", text: model.name)
        object.member("description", text: model.description)
        object.member("version", number: version?.number)
        object.member("aliases") { buffer in
            buffer.writeJSONObject { aliases in
                for (alias, number) in model.aliases.sorted(by: { $0.key < $1.key }) {
                    aliases.member(alias, number: number)
                }
            }
        }
        object.member("tags") { buffer in
            buffer.writeJSONObject { tags in
                for (tag, value) in model.tags(for: version).sorted(by: { $0.key < $1.key }) {
                    tags.member(tag, text: tag == ServingTags.address ? value.withoutCredentials : value)
                }
            }
        }
        object.member("uri", text: spec?.uris.map(\.text.withoutCredentials).joined(separator: ","))
        writeReplicas(to: &object)
        object.member("deployment") { buffer in
            guard let deployment else { return _ = buffer.writeStaticString("null") }
            buffer.writeJSONObject { DeploymentRoutes.write(deployment, to: &$0) }
        }
        object.member("contract", text: spec?.contract.rawValue)
        writeFeatureTable(to: &object)
        writeSignature(to: &object)
        writeExample(to: &object)
        object.member("servable", flag: error == nil)
        object.member("error") { buffer in
            guard let error else { return _ = buffer.writeStaticString("null") }
            buffer.writeJSONObject { object in
                object.member("code", text: error.code.rawValue)
                object.member("error", text: error.message)
                object.member("detail", text: detail)
            }
        }
    }

    private func writeReplicas(to object: inout JSONObjectWriter) {
        object.member("replicas", array: replicas) { buffer, replica in
            buffer.writeJSONObject { object in
                object.member("uri", text: replica.uri.text.withoutCredentials)
                object.member("state", text: replica.state.rawValue)
                object.member("failures_in_a_row", number: replica.failuresInARow)
                object.member("calls_under_way", number: replica.callsUnderWay)
                object.member("next_try_seconds", seconds: replica.pause)
            }
        }
    }

    private func writeFeatureTable(to object: inout JSONObjectWriter) {
        object.member("feature_table") { buffer in
            guard let table = spec?.featureTable else { return _ = buffer.writeStaticString("null") }
            buffer.writeJSONObject { object in
                object.member("name", text: table.name)
                object.member("entity_key", text: table.entityKey.text)
                object.member("feature_timestamp", text: table.timestamp?.text)
                object.member("columns", array: columns) { buffer, column in
                    buffer.writeJSONObject { object in
                        object.member("name", text: column.name)
                        object.member("type", text: column.type)
                        object.member("nullable", flag: column.isNullable)
                    }
                }
            }
        }
    }

    /// MLflow keeps the two sides as JSON texts; they are given as the JSON that they hold.
    private func writeSignature(to object: inout JSONObjectWriter) {
        object.member("signature") { buffer in
            guard let signature else { return _ = buffer.writeStaticString("null") }
            buffer.writeJSONObject { object in
                for (side, text) in [("inputs", signature.inputs), ("outputs", signature.outputs)] {
                    object.member(side) { buffer in
                        if let json = text.flatMap({ try? JSONText(validating: $0) }) {
                            buffer.writeJSON(json)
                        } else {
                            buffer.writeStaticString("null")
                        }
                    }
                }
            }
        }
    }

    private func writeExample(to object: inout JSONObjectWriter) {
        object.member("example_request") { buffer in
            buffer.writeJSONObject { object in
                object.member("model_name", text: model.name)
                object.member("id", text: "1")
            }
        }
    }
}
