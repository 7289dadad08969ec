/// The tags of a served version, judged one by one, so that all that is wrong is told at once.
struct TagDiagnosis: Sendable {
    let remedy: TagRemedy
    let policy: DeploymentPolicy
    let hosts: ModelHostRules
    /// The setting `PALANTIR_MODEL_HOSTS` as it is; nil if it is unset.
    let allowedHosts: String?

    private var model: RegisteredModel { remedy.model }
    private var tags: [String: String] { model.tags(for: remedy.version) }

    struct Result: Sendable {
        let findings: [Finding]
        /// Nil if the model cannot be served.
        let spec: ServingSpec?
        /// Known also for a model that cannot be served for another reason.
        let table: FeatureTable?
    }

    func result() -> Result {
        let table = try? FeatureTable(tags: ServingTags(model: model.name, tags: tags))
        do throws(PalantirError) {
            let spec = try ServingSpec(model: model, version: remedy.version, deployment: policy, hosts: hosts)
            var findings = [Finding.ok(.tags, of: model.name, "Its tags say how it is served.")]
            if !spec.uris.isEmpty {
                findings.append(.ok(.uri, of: model.name, "Its address is one that PALANTIR_MODEL_HOSTS allows."))
            }
            return Result(findings: findings, spec: spec, table: table)
        } catch {
            let faults = faults()
            return Result(findings: faults.isEmpty ? [unknown(error)] : faults, spec: nil, table: table)
        }
    }

    private func faults() -> [Finding] {
        var faults = Self.optional.compactMap { wrong($0.tag, $0.example) }
        if tags["feature_store", default: ""].isEmpty {
            faults.append(missing("feature_store", "the table of features", "<table>"))
        } else if let fault = wrong("feature_store", "<table>") {
            faults.append(fault)
        }
        return faults + address()
    }

    /// Tags that a model may have, with a value that is allowed.
    private static let optional: [(tag: String, example: String)] = [
        ("contract", ServingSpec.Contract.values.rawValue), ("entity_key", "<column>"),
        ("feature_timestamp", "<column>"), ("autodeploy", "true"), ("autodeploy_idle_s", "900"),
        ("replicas", "1"), ("timeout_ms", "2000"), ("max_batch_size", "256"), ("max_concurrency", "4"),
    ]

    /// Tries the tag alone, on a model that is right otherwise.
    private func wrong(_ tag: String, _ example: String) -> Finding? {
        guard let value = tags[tag], !value.isEmpty else { return nil }
        var alone = ["feature_store": "t", ServingTags.address: "http://127.0.0.1:9/"]
        alone[tag] = value
        do throws(PalantirError) {
            _ = try ServingSpec(
                model: RegisteredModel(name: model.name, tags: alone), version: nil,
                hosts: ModelHostRules(hosts: .nearby))
            return nil
        } catch {
            return .error(.tags, of: model.name, error.message, remedy: remedy.set(tag, to: example))
        }
    }

    private func missing(_ tag: String, _ meaning: String, _ example: String) -> Finding {
        .error(
            .tags, of: model.name, "Its tag \(tag) (\(meaning)) is missing.", remedy: remedy.set(tag, to: example))
    }

    // MARK: - Where the model is

    private func address() -> [Finding] {
        let text = tags[ServingTags.address, default: ""]
        guard text.isEmpty else {
            return text.split(separator: ",", omittingEmptySubsequences: false)
                .compactMap { refused(String($0.trimmingSpaces)) }
        }
        guard tags["autodeploy"] == "true" else {
            return [missing(ServingTags.address, "the address of the model's API", "http://<host>:<port>/predict")]
        }
        if let version = remedy.version, policy.deploys(model.name, tagged: true) {
            guard version.status != ModelVersion.readyStatus else { return [] }
            return [
                .error(
                    .version, of: model.name, "Its version \(version.number) is not READY in MLflow.",
                    remedy: "Register it again, or move the alias champion to a version that is READY.")
            ]
        }
        guard remedy.version != nil else {
            return [
                .error(
                    .version, of: model.name, "It is to be deployed and has no version that is READY.",
                    remedy: "mlflow.register_model(\"runs:/<run>/model\", \"\(model.name)\")")
            ]
        }
        return [
            .error(
                .deployment, of: model.name,
                policy.mode == .off
                    ? "It waits to be deployed, and the hub deploys nothing."
                    : "It waits to be deployed, and PALANTIR_AUTODEPLOY_MODELS leaves it out.",
                remedy: policy.mode == .off
                    ? "PALANTIR_AUTODEPLOY=tagged"
                    : "PALANTIR_AUTODEPLOY_MODELS=\((policy.models + [model.name]).joined(separator: ","))")
        ]
    }

    private func refused(_ text: String) -> Finding? {
        let uri: ModelURI
        do throws(ModelURI.Problem) {
            uri = try ModelURI(parsing: text)
        } catch {
            return .error(
                .uri, of: model.name, "An address of its tag uri \(error.reason).",
                remedy: remedy.set(ServingTags.address, to: "http://<host>:<port>/predict"))
        }
        guard let reason = hosts.refusal(of: uri) else { return nil }
        let message = "An address of its tag uri is not called: \(reason)."
        // What no list can allow has to be another address.
        let place = uri.host.contains(":") ? "[\(uri.host)]:\(uri.port)" : "\(uri.host):\(uri.port)"
        let list = [allowedHosts ?? ModelHosts.nearbyText, place].joined(separator: ",")
        let isMended = ModelHosts(list).map { hosts.allowing($0).refusal(of: uri) == nil } ?? false
        return .error(
            .uri, of: model.name, message,
            remedy: isMended
                ? "PALANTIR_MODEL_HOSTS=\(list)"
                : remedy.set(ServingTags.address, to: "http://<host>:<port>/predict"))
    }

    private func unknown(_ error: PalantirError) -> Finding {
        .error(.tags, of: model.name, error.message, remedy: "Mend the tag that it names, in MLflow.")
    }
}
