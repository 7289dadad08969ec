import Palantir
import PalantirServer

/// One look at everything that the settings name, with clients of its own.
struct DoctorRound {
    private let mlflow: MLflowRegistry
    private let features: any InspectableFeatureStore
    private let models: HTTPModelInvoker
    private let doctor: Doctor
    private let client: EgressClient
    private let settings: Settings
    private let calls: Bool

    /// Models that are looked at together: as many as a feature store's connections, by default.
    private static let width = 4
    /// A registry of ten thousand models takes seconds to list.
    private static let listTimeout = Duration.seconds(60)
    private static let signatureTimeout = Duration.seconds(10)

    /// - Parameter calls: whether models are asked for a prediction.
    init(_ settings: Settings, calls: Bool) throws(SettingsError) {
        let trust = try TLSTrust(file: settings.egress.authorities)
        self.settings = settings
        self.calls = calls
        client = EgressClient(trust: trust)
        mlflow = MLflowRegistry(settings: settings.registry, client: client)
        do throws(PalantirError) {
            features = try buildFeatureStore(settings, creating: false)
        } catch {
            client.shutdown()
            throw SettingsError(problems: [error.message])
        }
        let egress = ModelEgress(rules: settings.modelHostRules, trust: trust)
        models = HTTPModelInvoker(limits: settings.model, egress: egress)
        doctor = Doctor(
            mlflow: mlflow, features: features, probe: ModelProbe(egress: egress), criteria: settings.diagnosisCriteria)
    }

    /// Closes every connection.
    func end() async {
        models.shutdown()
        await features.shutdown()
        client.shutdown()
    }

    /// Looks at the components, and then at one model or all.
    func run(_ name: String?, _ report: inout DoctorReport) async {
        report.isWorking(on: "MLflow")
        let registry = await doctor.registry()
        report.add(registry)
        report.isWorking(on: "the feature store")
        report.add(await doctor.featureStore())
        // Without its list there is no model to look at.
        guard registry.severity != .error else { return }
        report.isWorking(on: "the list of registered models")
        do throws(PalantirError) {
            await look(at: try await chosen(name), &report)
        } catch {
            let remedy =
                error.code == .registryUnavailable || error.code == .deadlineExceeded
                ? "See that MLflow answers in time." : "See its name: palantir doctor looks at all of them."
            report.add([.error(.registry, of: name ?? Finding.Component.registry, error.message, remedy: remedy)])
        }
    }

    private func look(at models: [(MirroredModel, ModelReference.Choice)], _ report: inout DoctorReport) async {
        if models.isEmpty {
            report.add([
                .ok(.registry, of: Finding.Component.registry, "No model is registered yet.")
            ])
        }
        // In small groups, so that what is found is told as it is found.
        for start in stride(from: 0, to: models.count, by: Self.width) {
            let group = Array(models[start..<min(start + Self.width, models.count)])
            report.isWorking(on: "models, \(start + 1) of \(models.count)")
            let findings = await group.concurrentMap(width: Self.width) { model, choice in
                await self.findings(of: model, choice)
            }
            for found in findings { report.add(found) }
        }
    }

    private func findings(of mirrored: MirroredModel, _ choice: ModelReference.Choice) async -> [Finding] {
        let model = mirrored.model
        let version = mirrored.version(choice)
        let signature = await signature(of: version, of: model.name)
        var findings = await doctor.findings(of: model, version, signature: signature, deployment: nil)
        findings += python(mirrored)
        let isFutile = findings.contains { $0.severity == .error && Self.needs.contains($0.check) }
        guard calls, !isFutile, let spec = try? mirrored.spec(choice) else { return findings }
        return findings + [await doctor.call(spec, of: model, by: models)].compactMap(\.self)
    }

    /// Without these there is nobody to call, or no row to call with.
    private static let needs: Set<Check> = [.endpoint, .featureTable, .entityKey, .featureTimestamp]

    private func signature(of version: ModelVersion?, of name: String) async -> Doctor.SignatureLookUp {
        guard let version else { return .none }
        do throws(PalantirError) {
            let found = try await mlflow.signature(of: version, of: name, by: .after(Self.signatureTimeout))
            return found.map { .known($0) } ?? .none
        } catch {
            return .unknown(error)
        }
    }

    /// What runs models on this machine has to be there.
    private func python(_ mirrored: MirroredModel) -> [Finding] {
        guard mirrored.deployable != nil, settings.autodeploy.ray == nil else { return [] }
        guard !settings.autodeploy.hasPython else { return [] }
        return [
            .error(
                .deployment, of: mirrored.model.name,
                "It is to be deployed on this machine, and the Python that runs models is not there.",
                remedy: "palantir setup python")
        ]
    }

    private func chosen(
        _ name: String?
    ) async throws(PalantirError) -> [(MirroredModel, ModelReference.Choice)] {
        let list = try await mlflow.registeredModels(by: .after(Self.listTimeout))
        var contents = MirrorContents(deployment: settings.autodeploy.policy, hosts: settings.modelHostRules)
        _ = contents.accept(list, askedAt: .now, at: .now)
        guard let name else {
            return contents.models.values.sorted { $0.model.name < $1.model.name }.map { ($0, .served) }
        }
        switch contents.resolve(ModelReference(name: name), at: .now) {
        case .found(let model, let candidate): return [(model, candidate.choice)]
        case .unknown(let error): throw error
        case .ask(let candidates): throw contents.notFound(candidates)
        }
    }
}
