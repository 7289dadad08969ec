import HTTPTypes
import Hummingbird
import Palantir

/// `GET /diagnosis`: what the doctor finds of MLflow, the feature store, and the models that the caller may use.
struct DiagnosisController {
    let hub: Hub

    func show(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let deadline = try hub.limits.current.deadline(request.headers[.requestTimeout])
        let models = hub.registry.models.filter { context.caller.models.allows($0.model.name) }
        let subjects = models.map { DiagnosisRounds.Subject.model(ExactText($0.model.name), .served) }
        let diagnosis = await hub.diagnosis.diagnosis(of: [.registry, .featureStore] + subjects, by: deadline)
        return .json { diagnosis.write(to: &$0) }
    }
}
