/// What became of speaking to a model's addresses, judged.
struct EndpointDiagnosis: Sendable {
    let remedy: TagRemedy

    private var subject: String { remedy.model.name }

    /// - Parameter outcomes: of the addresses of the tag `uri`, in their order.
    func findings(_ outcomes: [Result<Int, EgressClient.Failure>]) -> [Finding] {
        let failures = outcomes.enumerated().compactMap { index, outcome -> (Int, EgressClient.Failure)? in
            if case .failure(let failure) = outcome { (index, failure) } else { nil }
        }
        guard !failures.isEmpty else {
            let which = outcomes.count == 1 ? "Its API answers." : "Its \(outcomes.count) replicas answer."
            return [.ok(.endpoint, of: subject, which)]
        }
        return failures.map { index, failure in
            let who = outcomes.count == 1 ? "Its API" : "Replica \(index + 1) of \(outcomes.count)"
            let (what, fix) = words(failure)
            let message = "\(who) \(what)."
            // Others take a replica's requests.
            return failures.count == outcomes.count
                ? .error(.endpoint, of: subject, message, remedy: fix)
                : .warning(.endpoint, of: subject, message, remedy: fix)
        }
    }

    private func words(_ failure: EgressClient.Failure) -> (what: String, fix: String) {
        let start =
            "Start the model where its tag uri points to, or set the tag: "
            + remedy.set(ServingTags.address, to: "http://<host>:<port>/predict")
        switch failure {
        case .unreachable(let cause, _) where cause.contains("CERTIFICATE_VERIFY_FAILED"):
            return (
                "has a certificate that this machine does not trust",
                "Set PALANTIR_CA_FILE to a PEM file of the authority that issued it."
            )
        case .refused:
            return (
                "has only addresses that the hub does not connect to",
                "Let PALANTIR_MODEL_HOSTS list its name, or its network. The hub itself, MLflow, the database, and metadata and "
                    + "link-local addresses are never called, whatever it lists."
            )
        case .deadlineExceeded: return ("took the connection and did not answer in time", start)
        case .unreachable, .cancelled, .answerTooLarge, .answerEncoded: return ("cannot be reached", start)
        }
    }

    // MARK: - A real call

    /// - Parameter outcome: nil if the table has no entity to ask for.
    func call(_ outcome: Result<JSONText, PalantirError>?) -> Finding {
        switch outcome {
        case nil:
            return .warning(
                .call, of: subject, "It was not called: its feature table has no row to call it with.",
                remedy: "Fill the feature table.")
        case .success: return .ok(.call, of: subject, "It answers a real row with predictions.")
        case .failure(let error):
            return .error(.call, of: subject, "Called with a real row: \(error.message)", remedy: fix(error.code))
        }
    }

    private func fix(_ code: PalantirError.Code) -> String {
        switch code {
        case .modelFailed:
            "See the model's own log. With status 404 or 405 the path is wrong: "
                + remedy.set(ServingTags.address, to: "http://<host>:<port>/<path>")
        case .modelBadAnswer:
            "Let it answer as docs/contract.md says: {\"predictions\": {\"<id>\": {\"<label>\": <value>}}}, every id of the "
                + "request in it."
        case .deadlineExceeded: "Make the model quicker, or allow more: " + remedy.set("timeout_ms", to: "5000")
        default: "Mend what the other findings name, and see the model's own log."
        }
    }
}
