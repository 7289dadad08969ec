import HTTPTypes
import NIOCore
import NIOHTTP1
import Palantir

/// An answer's head and body, as they go out.
struct PredictionAnswer: Sendable {
    var head: HTTPResponseHead
    let body: ByteBuffer

    private init(status: Int, contentType: String, body: ByteBuffer) {
        var headers = HTTPHeaders()
        headers.reserveCapacity(8)
        headers.add(name: "content-type", value: contentType)
        headers.add(name: "content-length", value: String(body.readableBytes))
        head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
        self.body = body
    }

    /// The labels of those ids that the model answered for, and what is wrong with the others.
    init(_ prediction: Prediction) {
        self.init(status: 200, contentType: "application/json", body: Self.body(of: prediction))
        if let version = prediction.version { head.headers.add(name: "x-model-version", value: String(version)) }
    }

    init(error answer: ErrorAnswer, asProblem: Bool) {
        self.init(
            status: answer.error.code.status.code, contentType: ErrorAnswer.contentType(asProblem: asProblem),
            body: answer.body(asProblem: asProblem))
        if answer.error.code == .unauthenticated {
            head.headers.add(name: "www-authenticate", value: ErrorAnswer.challenge)
        }
        if let seconds = answer.error.secondsToRetry { head.headers.add(name: "retry-after", value: String(seconds)) }
    }

    private static func body(of prediction: Prediction) -> ByteBuffer {
        var failures: [(id: EntityID, error: PalantirError)] = []
        var buffer = ByteBufferAllocator().buffer(capacity: size(of: prediction))
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
                        errors.member(
                            id.text,
                            object: { object in
                                object.member("code", text: error.code.rawValue)
                                object.member("error", text: error.message)
                            })
                    }
                }
            }
        }
        return buffer
    }

    /// About what the answer takes, so that its buffer is allocated once.
    private static func size(of prediction: Prediction) -> Int {
        prediction.outcomes.reduce(32) { size, outcome in
            size + outcome.id.text.utf8.count + 4 + ((try? outcome.result.get())?.bytes.readableBytes ?? 128)
        }
    }
}
