import Palantir

/// Models in memory: what they answer is a function of the input.
package struct InMemoryModels: ModelInvoking {
    private let answer: @Sendable (ModelInput, Deadline) async -> Result<JSONText, PalantirError>

    /// - Parameter answer: by default the row itself under the label `row`.
    package init(
        _ answer: @escaping @Sendable (ModelInput, Deadline) async -> Result<JSONText, PalantirError> = Self.echo
    ) {
        self.answer = answer
    }

    @Sendable
    package static func echo(_ input: ModelInput, _ deadline: Deadline) async -> Result<JSONText, PalantirError> {
        Result { try JSONText(validating: "{\"row\":\(input.row.object.text)}") }
            .mapError { PalantirError(.modelBadAnswer, "\($0)") }
    }

    package func invoke(
        _ inputs: [ModelInput], of spec: ServingSpec, by deadline: Deadline, for stage: TraceStage?
    ) async -> [Result<JSONText, PalantirError>] {
        var answers: [Result<JSONText, PalantirError>] = []
        for input in inputs { answers.append(await answer(input, deadline)) }
        return answers
    }
}
