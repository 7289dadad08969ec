/// Invokes models that the hub runs itself, and hands all others on: a process that died is replaced in a moment, so what
/// it did not answer is asked of the next one.
package struct DeployedModelInvoker: ModelInvoking {
    private let models: any ModelInvoking
    private let deployed: DeployedEndpoints

    /// What it takes to notice that a process is gone, to start another, and to load a small model.
    private static let pauses: [Duration] = [.milliseconds(50), .milliseconds(200), .milliseconds(800)]

    package init(_ models: any ModelInvoking, deployed: DeployedEndpoints) {
        self.models = models
        self.deployed = deployed
    }

    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline, for stage: TraceStage?
    ) async -> [Result<JSONText, PalantirError>] {
        var outcomes = await models.invoke(inputs, of: spec, by: deadline, for: stage)
        guard spec.isDeployed else { return outcomes }
        for pause in Self.pauses {
            let lost = outcomes.indices.filter { outcomes[$0].isLost }
            guard !lost.isEmpty, pause < deadline.remaining else { break }
            try? await Task.sleep(for: pause)
            guard !Task.isCancelled else { break }
            do throws(PalantirError) {
                let lease = try await deployed.lease(ExactText(spec.modelName), by: deadline)
                defer { lease.end() }
                // Another version may want other features than were looked up.
                guard lease.spec.version == spec.version else { break }
                let again = await models.invoke(lost.map { inputs[$0] }, of: lease.spec, by: deadline, for: stage)
                for (index, outcome) in zip(lost, again) {
                    outcomes[index] = lease.hasWaited ? lease.told(outcome) : outcome
                }
            } catch {
                for index in lost { outcomes[index] = .failure(error) }
                return outcomes
            }
        }
        return outcomes.map { $0.isLost ? .failure(.restarting(spec.modelName)) : $0 }
    }
}

extension Result<JSONText, PalantirError> {
    fileprivate var isLost: Bool {
        // Suspended: others asked it in vain since.
        if case .failure(let error) = self { [.modelUnreachable, .modelSuspended].contains(error.code) } else { false }
    }
}

extension PalantirError {
    fileprivate static func restarting(_ model: String) -> PalantirError {
        PalantirError(.modelNotReady, "The model \(model.debugDescription) is being restarted; try again shortly.")
    }
}
