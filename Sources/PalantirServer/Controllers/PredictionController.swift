import HTTPTypes
import Hummingbird
import NIOCore
import Palantir

/// `POST /predict` and `POST /predictions`.
struct PredictionController {
    let hub: Hub

    func predict(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        var response = await answer(request, context)
        let timing = context.timeline.steps.map { step, duration in
            "\(step.rawValue);dur=\((duration / .milliseconds(1) * 1_000).rounded() / 1_000)"
        }
        if !timing.isEmpty { response.headers[.serverTiming] = timing.joined(separator: ", ") }
        return response
    }

    /// Errors become answers here already, since those of a prediction carry its timings too.
    private func answer(_ request: Request, _ context: HubRequestContext) async -> Response {
        do throws(PalantirError) {
            let deadline = try request.deadline(within: hub.limits.timeout)
            let body = try await request.body(upTo: hub.limits.maxBodyBytes)
            let prediction = try await hub.predictor.predict(
                try PredictionRequest(json: body), by: deadline, timeline: context.timeline)
            hub.metrics.predicted(entities: prediction.outcomes.count, context.timeline)
            if let error = prediction.overallError { throw error }
            return response(to: prediction)
        } catch {
            hub.metrics.failed(error.code)
            ErrorLog(logger: hub.logger).log(error, requestID: context.requestID)
            return ErrorAnswer(error, requestID: context.requestID).response(asProblem: request.acceptsProblem)
        }
    }

    private func response(to prediction: Prediction) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let version = prediction.version { headers[.modelVersion] = "\(version)" }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body(of: prediction)))
    }

    private func body(of prediction: Prediction) -> ByteBuffer {
        var failures: [(id: EntityID, error: PalantirError)] = []
        var buffer = ByteBuffer()
        buffer.writeJSONObject { object in
            object.member("predictions") { buffer in
                buffer.writeJSONObject { predictions in
                    for outcome in prediction.outcomes {
                        switch outcome.result {
                        case .success(let labels): predictions.member(outcome.id.text) { $0.writeJSON(labels) }
                        case .failure(let error): failures.append((outcome.id, error))
                        }
                    }
                }
            }
            guard !failures.isEmpty else { return }
            object.member("errors") { buffer in
                buffer.writeJSONObject { errors in
                    for (id, error) in failures {
                        hub.metrics.failed(error.code)
                        errors.member(id.text) { buffer in
                            buffer.writeJSONObject { object in
                                object.member("code", text: error.code.rawValue)
                                object.member("error", text: error.message)
                            }
                        }
                    }
                }
            }
        }
        return buffer
    }
}
