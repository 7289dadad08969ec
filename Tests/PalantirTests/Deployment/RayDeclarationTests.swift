import NIOCore
import Testing

@testable import Palantir

@Suite("Declarations to Ray Serve")
struct RayDeclarationTests {
    private static let proxy = RayDeclaration.Proxy(host: "127.0.0.1", port: 8000)

    /// As somebody else declared it: numbers, spaces and escapes of their own.
    private static let foreign =
        #"{"name": "fraud", "import_path":"fraud:app","args":{"rate":0.10,"big":12345678901234567890,"text":"\u00e9"}}"#

    private static func application(
        _ name: String, _ config: String?, status: String = "RUNNING", source: String = "declarative"
    )
        -> String
    {
        #""\#(name)":{"name":"\#(name)","status":"\#(status)","message":"","deployed_app_config":\#(config ?? "null"),"source":"\#(source)"}"#
    }

    private static func state(_ applications: String..., options: String = #""proxy_location": "HeadOnly","#) throws
        -> RayServeState
    {
        let text =
            #"{\#(options)"controller_info":{},"target_capacity":null,"applications":{\#(applications.joined(separator: ","))}}"#
        return try RayServeState(JSONText(validating: text))
    }

    private static func config(_ version: Int = 1, _ tags: [String: String] = [:], token: String? = nil) throws
        -> RayApplicationConfig
    {
        let model = RegisteredModel(
            name: "churn", tags: ["feature_store": "users", "autodeploy": "true"].merging(tags) { $1 },
            versions: [ModelVersion(number: version)])
        let spec = try ServingSpec(
            model: model, version: model.versions[0], deployment: DeploymentPolicy(mode: .tagged))
        let deployable = DeployableVersion(spec: spec, version: version, source: "mlflow-artifacts:/1/\(version)")
        return RayApplicationConfig(deployable, code: ServingCode(), settings: try settings(token))
    }

    private static func settings(_ token: String?) throws -> RaySettings {
        RaySettings(
            dashboard: try #require(BaseURL("http://ray:8265")), token: token,
            serve: try #require(BaseURL("http://ray:8000")), codeURL: try #require(BaseURL("http://hub:3000/")))
    }

    private static func body(_ changes: [String: RayApplicationConfig?], over state: RayServeState) -> String {
        String(buffer: RayDeclaration(changes: changes, proxy: proxy).body(over: state))
    }

    private static let name = RayApplicationConfig.name(of: "churn")

    @Test("An application's config, to the letter")
    func golden() throws {
        let text = try Self.config(3, ["replicas": "2"]).text.text
        let artifacts = try #require(text.firstMatch(of: /artifacts\/(churn-[0-9a-f]+-v3-[0-9a-f]+)\.zip/)).1
        #expect(
            text == #"{"args":{"artifacts":"http://hub:3000/deployments/artifacts/\#(artifacts).zip","model":"churn","#
                + #""trial":"http://hub:3000/deployments/trials/\#(artifacts).json","version":3},"deployments":[{"max_ongoing_requests":100,"max_surge_percent":100,"name":"Model","#
                + #""num_replicas":2}],"import_path":"palantir_ray:build","name":"\#(Self.name)","#
                + #""route_prefix":"/\#(Self.name)","#
                + #""runtime_env":{"working_dir":"http://hub:3000/deployments/code/\#(ServingCode().name)"}}"#)
        let scaling = try Self.config(3, ["min_replicas": "2", "max_replicas": "5"]).text.text
        #expect(
            scaling.contains(
                #""autoscaling_config":{"max_replicas":5,"min_replicas":2,"target_ongoing_requests":1}"#), "\(scaling)")
        #expect(scaling.contains(#""num_replicas":"auto""#))
    }

    @Test("Two hubs declare the same; another version, another token or other replicas are something else")
    func agreement() throws {
        #expect(try Self.config().text == Self.config().text)
        #expect(try Self.config().args != Self.config(2).args)
        #expect(try Self.config(token: "t").args != Self.config().args)
        #expect(try Self.config(1, ["replicas": "2"]).args == Self.config().args)
        #expect(try Self.config(1, ["replicas": "2"]) != Self.config())
    }

    @Test("Others' applications are kept byte for byte; ours is added, replaced and removed")
    func merge() throws {
        let config = try Self.config()
        let empty = try Self.state(Self.application("fraud", Self.foreign))
        let added = Self.body([Self.name: config], over: empty)
        #expect(added == #"{"proxy_location":"HeadOnly","applications":[\#(Self.foreign),\#(config.text.text)]}"#)

        let old = try Self.state(
            Self.application(Self.name, Self.config(2).text.text), Self.application("fraud", Self.foreign))
        #expect(Self.body([Self.name: config], over: old) == added)
        #expect(
            Self.body([Self.name: nil], over: old)
                == #"{"proxy_location":"HeadOnly","applications":[\#(Self.foreign)]}"#)
    }

    @Test("What was deployed by hand, and what is being removed, is not declared")
    func left() throws {
        let state = try Self.state(
            Self.application("byhand", nil, source: "imperative"),
            Self.application("leaving", Self.foreign, status: "DELETING"), Self.application("fraud", Self.foreign))
        #expect(Self.body([:], over: state) == #"{"proxy_location":"HeadOnly","applications":[\#(Self.foreign)]}"#)
    }

    @Test("Serve's options are repeated; the first declaration keeps the proxy where Ray is")
    func options() throws {
        let options = #""http_options": {"port": 8123, "root_path": ""},"grpc_options":{"port":9000},"#
        let running = Self.body([:], over: try Self.state(options: options))
        #expect(
            running
                == #"{"http_options":{"port": 8123, "root_path": ""},"grpc_options":{"port":9000},"applications":[]}"#)
        let first = Self.body([:], over: try Self.state(options: ""))
        #expect(first == #"{"http_options":{"host":"127.0.0.1","port":8000},"applications":[]}"#)
    }

    @Test("What is wanted is there, or not: whatever Ray adds, and in whichever order")
    func agrees() throws {
        let config = try Self.config()
        let declaration = RayDeclaration(changes: [Self.name: config], proxy: Self.proxy)
        let removal = RayDeclaration(changes: [Self.name: nil], proxy: Self.proxy)
        let extended = #"{"external_scaler_enabled":false,\#(config.text.text.dropFirst())"#
        let there = try Self.state(Self.application(Self.name, extended, status: "DEPLOYING"))
        #expect(declaration.agrees(with: there))
        #expect(!removal.agrees(with: there))
        let others = [
            try Self.state(), try Self.state(Self.application(Self.name, Self.config(2).text.text)),
            try Self.state(Self.application(Self.name, config.text.text, status: "DELETING")),
            try Self.state(Self.application(Self.name, nil, source: "imperative")),
        ]
        #expect(others.map { declaration.agrees(with: $0) } == [false, false, false, false])
        #expect(others.map { removal.agrees(with: $0) } == [true, false, true, true])
        #expect(others.map { declaration.conflict(with: $0) } == [nil, nil, nil, Self.name])
    }

    @Test("The newest run says what is declared; an older one comes back when that one is gone")
    func runs() throws {
        func run(_ number: UInt64, _ model: String) throws -> DeploymentRun {
            let registered = RegisteredModel(
                name: model, tags: ["feature_store": "users", "autodeploy": "true"], versions: [ModelVersion(number: 1)]
            )
            let spec = try ServingSpec(
                model: registered, version: registered.versions[0], deployment: DeploymentPolicy(mode: .all))
            return DeploymentRun(
                number: number, deployable: DeployableVersion(spec: spec, version: Int(number), source: "s"))
        }
        var runs = RayRuns()
        runs.add(try run(1, "churn"))
        runs.add(try run(1, "fraud"))
        runs.add(try run(2, "churn"))
        #expect(runs.newest(of: Self.name)?.number == 2)
        runs.remove(try run(1, "churn"))
        #expect(runs.newest(of: Self.name)?.number == 2)
        runs.add(try run(3, "churn"))
        runs.remove(try run(3, "churn"))
        #expect(runs.newest(of: Self.name)?.number == 2)
        runs.remove(try run(2, "churn"))
        #expect(runs.newest(of: Self.name) == nil)
        #expect(runs.applications == [RayApplicationConfig.name(of: "fraud")])
    }

    @Test("Of Ray's message the last line is the reason")
    func reason() {
        #expect(
            RayServeTarget.reason("Traceback:\n  File x\nRuntimeError: ValueError: no such file\n\n")
                == "RuntimeError: ValueError: no such file")
        #expect(RayServeTarget.reason("") == "Ray does not say why")
    }
}
