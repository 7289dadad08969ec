import Palantir
import Testing

@Suite("What the mirror believes")
struct MirrorContentsTests {
    private static let now = ContinuousClock.now
    private static let tags = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]

    private static func model(_ name: String, versions: [Int] = [1], aliases: [String: Int] = [:]) -> RegisteredModel {
        RegisteredModel(
            name: name, tags: tags, aliases: aliases, versions: versions.map { ModelVersion(number: $0) })
    }

    private static func mirror(_ models: RegisteredModel...) -> MirrorContents {
        var contents = MirrorContents()
        _ = contents.accept(models, askedAt: now, at: now)
        return contents
    }

    private static func found(_ contents: MirrorContents, _ text: String, after: Duration = .zero) -> String {
        switch contents.resolve(ModelReference(name: text), at: now.advanced(by: after)) {
        case .found(let model, let candidate):
            "\(model.model.name) \(model.version(candidate.choice)?.number ?? 0)"
        case .unknown(let error): error.code.rawValue
        case .ask(let candidates): "ask \(candidates.count)"
        }
    }

    @Test("Names, aliases and versions are found in memory")
    func resolution() {
        let contents = Self.mirror(
            Self.model("churn", versions: [1, 2, 3], aliases: ["shadow": 1]), Self.model("a@b"), Self.model("a"))
        #expect(Self.found(contents, "churn") == "churn 3")
        #expect(Self.found(contents, "churn@shadow") == "churn 1")
        #expect(Self.found(contents, "churn@latest") == "churn 3")
        #expect(Self.found(contents, "churn/2") == "churn 2")
        #expect(Self.found(contents, "a@b") == "a@b 1", "a name that holds an @ comes before an alias")
        #expect(Self.found(contents, "churn@none") == "ask 2")
        #expect(Self.found(contents, "other") == "ask 1")
    }

    @Test("An empty answer is believed after the third in a row")
    func shrinking() {
        var contents = Self.mirror(Self.model("churn"))
        for _ in 1..<MirrorContents.emptyAnswersToBelieve {
            #expect(contents.accept([], askedAt: Self.now, at: Self.now) == .notBelieved)
            #expect(contents.models.count == 1)
        }
        #expect(contents.accept([], askedAt: Self.now, at: Self.now) == .changed)
        #expect(contents.models.isEmpty)
    }

    @Test("An answer with models starts the count anew")
    func recovering() {
        var contents = Self.mirror(Self.model("churn"))
        _ = contents.accept([], askedAt: Self.now, at: Self.now)
        #expect(contents.accept([Self.model("churn")], askedAt: Self.now, at: Self.now) == .unchanged)
        #expect(contents.accept([], askedAt: Self.now, at: Self.now) == .notBelieved)
    }

    @Test("Changes are told apart from none, in tags alone too")
    func changes() {
        var contents = Self.mirror(Self.model("churn"))
        #expect(contents.accept([Self.model("churn")], askedAt: Self.now, at: Self.now) == .unchanged)
        let retagged = RegisteredModel(name: "churn", tags: ["uri": "http://x"], versions: [ModelVersion(number: 1)])
        #expect(contents.accept([retagged], askedAt: Self.now, at: Self.now) == .changed)
        #expect(contents.accept([retagged, Self.model("b")], askedAt: Self.now, at: Self.now) == .changed)
        #expect(contents.accept([Self.model("b")], askedAt: Self.now, at: Self.now) == .changed)
    }

    @Test("What was learnt since the list was asked for is kept, and older versions with it")
    func learning() {
        var contents = Self.mirror(Self.model("churn", versions: [1, 2]))
        let later = Self.now.advanced(by: .seconds(1))
        contents.learn(Self.model("new"), at: later)
        contents.learn(Self.model("churn", versions: [3]), at: later)
        #expect(Self.found(contents, "churn/1") == "churn 1")
        #expect(Self.found(contents, "churn") == "churn 3")
        _ = contents.accept([Self.model("churn", versions: [1, 2, 3])], askedAt: Self.now, at: later)
        #expect(Self.found(contents, "new") == "new 1")
        _ = contents.accept([Self.model("churn")], askedAt: later.advanced(by: .seconds(1)), at: later)
        #expect(Self.found(contents, "new") == "ask 1")
    }

    @Test("An unknown name is remembered for a moment")
    func unknown() {
        var contents = Self.mirror(Self.model("churn"))
        let reference = ModelReference(name: "other")
        for candidate in reference.candidates { contents.rememberUnknown(candidate, at: Self.now) }
        #expect(Self.found(contents, "other") == "MODEL_NOT_FOUND")
        #expect(Self.found(contents, "other", after: .seconds(3)) == "ask 1")
        for candidate in ModelReference(name: "churn/9").candidates {
            contents.rememberUnknown(candidate, at: Self.now)
        }
        #expect(Self.found(contents, "churn/9") == "VERSION_NOT_FOUND")
    }
}
