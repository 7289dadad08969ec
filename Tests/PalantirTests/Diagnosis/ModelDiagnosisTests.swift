import Testing

@testable import Palantir

@Suite("A model's tags, addresses and deployment, judged")
struct ModelDiagnosisTests {
    private static func result(
        _ tags: [String: String], version: ModelVersion? = nil, policy: DeploymentPolicy = .off,
        hosts: ModelHostRules = ModelHostRules(), allowed: String? = nil
    ) -> TagDiagnosis.Result {
        let model = RegisteredModel(name: "churn", tags: tags, versions: version.map { [$0] } ?? [])
        return TagDiagnosis(
            remedy: TagRemedy(model: model, version: version), policy: policy, hosts: hosts, allowedHosts: allowed
        ).result()
    }

    private static let right = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]

    @Test("Tags that are right are well")
    func well() {
        let result = Self.result(Self.right)
        #expect(result.findings.map(\.check) == [.tags, .uri])
        #expect(result.findings.troubled == [])
        #expect(result.spec != nil)
    }

    @Test("All that is wrong with tags is told at once, each with the Python that sets it")
    func several() {
        let result = Self.result(["uri": "ftp://x/", "timeout_ms": "soon", "contract": "grpc"])
        #expect(result.findings.troubled == [.tags, .tags, .tags, .uri])
        let remedies = result.findings.compactMap(\.remedy)
        for tag in ["contract", "timeout_ms", "feature_store", "uri"] {
            #expect(
                remedies.contains { $0.hasPrefix("MlflowClient().set_registered_model_tag(\"churn\", \"\(tag)\", ") })
        }
        #expect(result.spec == nil)
        #expect(Self.result(["feature_store": "users"]).table?.name == "users")
    }

    @Test("A tag that stands on the version is mended there")
    func onVersion() {
        let version = ModelVersion(number: 3, tags: ["timeout_ms": "0"])
        let findings = Self.result(Self.right, version: version).findings
        #expect(
            findings[.tags]?.remedy == #"MlflowClient().set_model_version_tag("churn", "3", "timeout_ms", "2000")"#)
    }

    @Test("A model's name is quoted, whatever it holds")
    func quoted() {
        let model = RegisteredModel(name: "a\"b\\ü")
        #expect(
            TagRemedy(model: model, version: nil).set("uri", to: "x")
                == #"MlflowClient().set_registered_model_tag("a\"b\\ü", "uri", "x")"#)
    }

    @Test("An address that is not listed is told with the setting that lists it")
    func hosts() {
        let tags = Self.right.merging(["uri": "http://models.example.com:8443/predict"]) { _, new in new }
        let hosts = ModelHostRules(hosts: ModelHosts("models.internal"))
        let findings = Self.result(tags, hosts: hosts, allowed: "models.internal").findings
        #expect(findings.troubled == [.uri])
        #expect(findings[.uri]?.remedy == "PALANTIR_MODEL_HOSTS=models.internal,models.example.com:8443")
        let network = Self.right.merging(["uri": "http://8.8.8.8/predict"]) { _, new in new }
        #expect(
            Self.result(network).findings[.uri]?.remedy
                == "PALANTIR_MODEL_HOSTS=\(ModelHosts.nearbyText),8.8.8.8:80")
        // What is closed stays closed, whatever is listed.
        let closed = ModelHostRules().closing(host: "127.0.0.1", port: 8001)
        let own = Self.result(Self.right, hosts: closed).findings
        #expect(own.troubled == [.uri])
        #expect(own[.uri]?.remedy?.contains("set_registered_model_tag") == true)
        let metadata = Self.right.merging(["uri": "http://169.254.169.254/"]) { _, new in new }
        #expect(Self.result(metadata).findings[.uri]?.remedy?.contains("PALANTIR_MODEL_HOSTS") == false)
    }

    @Test("The text of the default list is the default list")
    func nearby() {
        #expect(ModelHosts(ModelHosts.nearbyText) == .nearby)
    }

    @Test("A model that waits to be deployed: by which setting, and what it needs")
    func deployment() {
        let tags = ["feature_store": "users", "autodeploy": "true"]
        let ready = ModelVersion(number: 1)
        #expect(Self.result(tags, version: ready).findings[.deployment]?.remedy == "PALANTIR_AUTODEPLOY=tagged")
        let other = DeploymentPolicy(mode: .tagged, models: ["fraud"])
        #expect(
            Self.result(tags, version: ready, policy: other).findings[.deployment]?.remedy
                == "PALANTIR_AUTODEPLOY_MODELS=fraud,churn")
        let tagged = DeploymentPolicy(mode: .tagged)
        #expect(Self.result(tags, version: ready, policy: tagged).findings.troubled == [])
        #expect(Self.result(tags, policy: tagged).findings.troubled == [.version])
        let pending = ModelVersion(number: 1, status: "PENDING_REGISTRATION")
        #expect(Self.result(tags, version: pending, policy: tagged).findings.troubled == [.version])
    }

    @Test("A replica that cannot be reached is a warning, all of them an error")
    func endpoints() {
        let diagnosis = EndpointDiagnosis(remedy: Diagnosed.remedy)
        let gone = Result<Int, EgressClient.Failure>.failure(.unreachable(cause: "refused", retryable: true))
        #expect(diagnosis.findings([.success(405)]).troubled == [])
        #expect(diagnosis.findings([.success(404), gone]).troubles.map(\.severity) == [.warning])
        #expect(diagnosis.findings([gone, gone]).troubles.map(\.severity) == [.error, .error])
        let refused = diagnosis.findings([.failure(.refused(cause: "10.0.0.1"))])
        #expect(refused[.endpoint]?.remedy?.contains("PALANTIR_MODEL_HOSTS") == true)
        #expect(refused[.endpoint]?.message.contains("10.0.0.1") == false)
    }

    @Test("A deployment that failed is told with where to read why")
    func deployments() {
        func finding(_ state: Deployment.State, failed: Bool, address: String?) -> Finding {
            DeploymentDiagnosis(
                model: "it's",
                deployment: Deployment(
                    model: "it's", version: 2, state: state, target: "local",
                    address: address.flatMap { ModelURI($0) }, since: .now, restarts: 0,
                    failure: failed ? .init(version: 3, reason: "boom at /srv/x", attempts: 2, nextTry: .now) : nil,
                    next: nil)
            ).finding()
        }
        #expect(finding(.ready, failed: false, address: "http://127.0.0.1:9/").severity == .ok)
        #expect(finding(.starting, failed: false, address: nil).severity == .ok)
        #expect(finding(.ready, failed: true, address: "http://127.0.0.1:9/").severity == .warning)
        let failed = finding(.failed, failed: true, address: nil)
        #expect(failed.severity == .error)
        #expect(failed.remedy?.hasPrefix("palantir deployments logs 'it'\\''s'") == true)
        #expect(!failed.message.contains("/srv/x"))
    }
}
