import Palantir
import Testing

@Suite("Tags of a model version")
struct ServingSpecTests {
    private static let tags = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]

    private static func spec(_ changes: [String: String], version: ModelVersion? = nil) throws(PalantirError)
        -> ServingSpec
    {
        let model = RegisteredModel(name: "churn", tags: tags.merging(changes) { _, changed in changed })
        return try ServingSpec(model: model, version: version)
    }

    @Test("Tags are parsed, with their defaults")
    func parsed() throws {
        let spec = try Self.spec([:])
        #expect(spec.featureTable.name == "users")
        #expect(spec.featureTable.entityKey.text == "id")
        #expect(spec.featureTable.timestamp == nil)
        #expect(spec.uris.map(\.text) == ["http://127.0.0.1:8001/predict"])
        #expect(spec.timeout == nil)
        let full = try Self.spec([
            "feature_store": "shop.users", "entity_key": "user_id", "feature_timestamp": "at", "timeout_ms": "250",
            "max_batch_size": "64", "max_concurrency": "2", "uri": "http://a/x, https://b:8443/y?z=1",
        ])
        #expect(full.featureTable.name == "shop.users")
        #expect(full.timeout == .milliseconds(250))
        #expect(full.maxBatchSize == 64)
        #expect(full.uris.map(\.authority) == ["a", "b:8443"])
        #expect(full.uris.map(\.target) == ["/x", "/y?z=1"])
    }

    @Test("A version's tag overrides the registered model's")
    func override() throws {
        let spec = try Self.spec([:], version: ModelVersion(number: 2, tags: ["feature_store": "other"]))
        #expect(spec.featureTable.name == "other")
        #expect(spec.version == 2)
    }

    @Test(
        "A wrong tag is told by name, what is allowed and, unless it is an address, its value",
        arguments: [
            ("feature_store", "users; drop table x"), ("feature_store", "(select 1) t"),
            ("feature_store", "users` -- "),
            ("feature_store", "a.b.c"), ("feature_store", "a."), ("feature_store", ".b"), ("feature_store", "a b"),
            ("feature_store", "users\u{2019}"), ("feature_store", "users\0"), ("feature_store", "us*rs"),
            ("feature_store", String(repeating: "x", count: 65)), ("entity_key", "id; --"),
            ("feature_timestamp", "a b"),
            ("contract", "grpc"), ("autodeploy", "yes"), ("timeout_ms", "0"), ("timeout_ms", "soon"),
            ("max_batch_size", "10001"), ("max_concurrency", "-1"), ("replicas", "0"), ("replicas", "1001"),
            ("min_replicas", "none"), ("max_replicas", "1.5"),
        ])
    func wrong(_ tag: String, _ value: String) {
        let error = #expect(throws: PalantirError.self) { try Self.spec([tag: value]) }
        #expect(error?.code == .modelMisconfigured)
        #expect(error?.message.contains("`\(tag)`") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(value.debugDescription) == true)
    }

    @Test(
        "A wrong address is told to who runs the hub, and not to who asks for a prediction",
        arguments: [
            "ftp://h/x", "h:80/x", "http://", "http://h/x#y", "http://a/x,", "http://h:0/x", "http://h:99999/x",
            "file:///etc/passwd", "http://a%0d%0ax:%20y/", "http://a%00/", "http://[]/", "http://[a]/",
            "http://a.xn--%5a/",
            "http://169.254.169.254/", "http://8.8.8.8/",
            "http://user:s3cret@h/x",
        ])
    func wrongAddress(_ value: String) {
        let error = #expect(throws: PalantirError.self) { try Self.spec(["uri": value]) }
        #expect(error?.code == .modelMisconfigured)
        #expect(error?.message.contains("`uri`") == true)
        #expect(error?.message.contains("PALANTIR_MODEL_HOSTS") == true)
        #expect(error?.message.contains(value) == false)
        let isSecret = value.contains("@")
        let wrong = value.split(separator: ",", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        #expect(error?.cause?.contains(wrong.debugDescription) == !isSecret, "\(error?.cause ?? "")")
        #expect(error?.cause?.contains("s3cret") == false)
    }

    @Test("Replicas are a number, or between two")
    func replicas() throws {
        #expect(try Self.spec([:]).replicas == nil)
        #expect(try Self.spec(["replicas": "2"]).replicas.map { $0.least...$0.most } == 2...2)
        #expect(try Self.spec(["max_replicas": "3"]).replicas.map { $0.least...$0.most } == 1...3)
        #expect(try Self.spec(["min_replicas": "2", "max_replicas": "3"]).replicas.map { $0.least...$0.most } == 2...3)
        for (tags, named) in [
            (["replicas": "2", "max_replicas": "3"], "`replicas`"), (["min_replicas": "2"], "`max_replicas`"),
            (["min_replicas": "4", "max_replicas": "3"], "`min_replicas`"),
        ] {
            let error = #expect(throws: PalantirError.self) { try Self.spec(tags) }
            #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        }
    }

    @Test("A required tag that is missing is named", arguments: ["feature_store", "uri"])
    func missing(_ tag: String) {
        let error = #expect(throws: PalantirError.self) { try Self.spec([tag: ""]) }
        #expect(error?.code == .modelMisconfigured)
        #expect(error?.message.contains("`\(tag)`") == true)
    }

    @Test("The served version is the champion, else the latest that is ready")
    func servedVersion() {
        let versions = [
            ModelVersion(number: 1), ModelVersion(number: 2), ModelVersion(number: 3, status: "PENDING_REGISTRATION"),
        ]
        #expect(RegisteredModel(name: "m", versions: versions).servedVersion?.number == 2)
        #expect(RegisteredModel(name: "m", aliases: ["champion": 1], versions: versions).servedVersion?.number == 1)
        #expect(RegisteredModel(name: "m", aliases: ["shadow": 1], versions: versions).servedVersion?.number == 2)
        #expect(RegisteredModel(name: "m").servedVersion == nil)
    }
}
