import ArgumentParser
import Palantir

/// The hub's answer that it did not do what was asked.
struct HubRefusal: Error {
    /// Of the frozen list; empty if it was no hub that answered.
    let code: String
    let message: String
    private let requestID: String

    init(status: Int, _ body: JSONText?, hub: String) {
        if let code = body?["code"]?.display, let error = body?["error"]?.display {
            (self.code, message) = (code, error)
            requestID = body?["request_id"]?.display ?? "unknown"
        } else {
            code = ""
            message = "\(hub) answered with status \(status) and not as a hub does."
            requestID = ""
        }
    }

    /// As a command ends with it.
    var failure: Failure {
        let named = code.isEmpty ? message : "\(message) (\(code), request \(requestID))"
        return Failure(exitCode: .failure, [named, nextStep].compactMap(\.self).joined(separator: "\n"))
    }

    /// What to do now; nil where the message says it, or nothing can be done.
    private var nextStep: String? {
        switch code {
        case "": "Is that the hub's address? --url or PALANTIR_URL name another."
        case "UNAUTHENTICATED": "Set PALANTIR_API_KEY to a key of the hub; `palantir keys create NAME` makes one."
        case "MODEL_NOT_FOUND", "VERSION_NOT_FOUND":
            "`palantir models` lists the models that the hub knows, `palantir models NAME` the versions of one."
        case "MODEL_MISCONFIGURED": "`palantir models NAME` tells what the hub reads from a model's tags."
        case "ENTITY_NOT_FOUND": "`palantir models NAME` tells which feature table and key column are asked."
        case "REGISTRY_UNAVAILABLE", "FEATURE_STORE_UNAVAILABLE":
            "The hub's log says why; its /readyz tells when it is back."
        case "MODEL_NOT_READY": "`palantir deployments NAME` tells how far it is, and its log."
        case "MODEL_UNREACHABLE", "MODEL_FAILED", "MODEL_BAD_ANSWER", "MODEL_SUSPENDED":
            "The model's own log, and the hub's under the request's id, say why."
        default: nil
        }
    }
}
