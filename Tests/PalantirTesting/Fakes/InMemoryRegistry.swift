import Palantir
import Synchronization

/// A registry in memory, for what needs no MLflow. It can be down, and counts its direct look-ups.
package final class InMemoryRegistry: ModelRegistry {
    private struct State {
        var models: [RegisteredModel]
        var isDown = false
        var lookUps = 0
    }

    private let state: Mutex<State>

    package init(_ models: [RegisteredModel]) {
        state = Mutex(State(models: models))
    }

    package var lookUps: Int { state.withLock { $0.lookUps } }

    package func setDown(_ isDown: Bool) {
        state.withLock { $0.isDown = isDown }
    }

    package func add(_ model: RegisteredModel) {
        state.withLock { $0.models.append(model) }
    }

    package func remove(_ name: String) {
        state.withLock { $0.models.removeAll { $0.name == name } }
    }

    package func registeredModels(by deadline: Deadline) async throws(PalantirError) -> [RegisteredModel] {
        try known()
    }

    package func registeredModel(
        named name: String, including version: Int?, by deadline: Deadline
    ) async throws(PalantirError) -> RegisteredModel? {
        state.withLock { $0.lookUps += 1 }
        // Callers that ask at the same moment get the chance to.
        for _ in 0..<100 { await Task.yield() }
        return try known().first { $0.name == name }
    }

    package func signature(
        of version: ModelVersion, of name: String, by deadline: Deadline
    ) async throws(PalantirError) -> ModelSignature? {
        _ = try known()
        return ModelSignature(inputs: #"[{"type":"long","name":"x","required":true}]"#, outputs: nil)
    }

    private func known() throws(PalantirError) -> [RegisteredModel] {
        let (models, isDown) = state.withLock { ($0.models, $0.isDown) }
        guard !isDown else {
            throw PalantirError(.registryUnavailable, "The model registry is unavailable: it is down.")
        }
        return models
    }
}
