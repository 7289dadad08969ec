import NIOCore

/// The answer: for each id that was asked, the model's labels and values, or why there are none.
package struct Prediction: Sendable {
    /// The model version that answered; nil if the registered model has no versions.
    package let version: Int?
    /// In the order of the request's ids.
    package let outcomes: [Outcome]

    package struct Outcome: Sendable {
        package let id: EntityID
        /// A JSON object of labels and values, byte for byte as the model wrote it.
        package let result: Result<JSONText, PalantirError>

        package init(id: EntityID, result: Result<JSONText, PalantirError>) {
            self.id = id
            self.result = result
        }
    }

    package init(version: Int?, outcomes: [Outcome]) {
        self.version = version
        self.outcomes = outcomes
    }

    /// The error that stands for the whole request when not one id could be answered: the first id's.
    package var overallError: PalantirError? {
        var first: PalantirError?
        for outcome in outcomes {
            switch outcome.result {
            case .success: return nil
            case .failure(let error): first = first ?? error
            }
        }
        return first
    }
}
