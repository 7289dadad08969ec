import Foundation
import NIOCore

/// What MLflow answers when it is asked as a prediction's hub asks it, for a diagnosis.
package struct RegistryInspection: Sendable {
    package let outcome: Outcome
    /// As MLflow tells it; nil if it does not.
    package let version: String?
    /// How far its clock is ahead of ours; nil if it tells no time.
    package let clockAhead: Duration?
    /// Whether we say who we are.
    package let hasCredentials: Bool
    /// Whether `MLFLOW_URI` has a path, and MLflow's API answers without it.
    package let answersWithoutPath: Bool

    package enum Outcome: Hashable, Sendable {
        /// MLflow's API answered as it should.
        case answers
        case unauthenticated
        /// It knows us, and we may not list registered models.
        case denied
        /// MLflow itself refused the name that it is called by.
        case hostRefused
        case redirected
        /// Status 404: there is no such API.
        case absent
        /// A page, or anything that is not MLflow's API.
        case notMLflow
        case failed(status: Int)
        case unreachable
        case untrusted
        case late
    }

    package init(
        outcome: Outcome, version: String? = nil, clockAhead: Duration? = nil, hasCredentials: Bool = false,
        answersWithoutPath: Bool = false
    ) {
        self.outcome = outcome
        self.version = version
        self.clockAhead = clockAhead
        self.hasCredentials = hasCredentials
        self.answersWithoutPath = answersWithoutPath
    }
}

extension RegistryInspection.Outcome {
    /// Judges the answer to a search for registered models.
    package init(status: Int, body: ByteBuffer) {
        switch status {
        case 200:
            // One without any model is an empty object.
            let members = try? JSONText(validating: body).members()
            let isPage = members.map { $0.isEmpty || $0.contains { $0.name == "registered_models" } } ?? false
            self = isPage ? .answers : .notMLflow
        case 300..<400: self = .redirected
        case 401: self = .unauthenticated
        case 403: self = String(buffer: body).contains("Invalid Host header") ? .hostRefused : .denied
        case 404: self = .absent
        default: self = .failed(status: status)
        }
    }

    init(_ failure: EgressClient.Failure) {
        switch failure {
        case .unreachable(let cause, _) where cause.contains("CERTIFICATE_VERIFY_FAILED"): self = .untrusted
        case .unreachable, .refused, .cancelled: self = .unreachable
        case .deadlineExceeded: self = .late
        case .answerTooLarge, .answerEncoded: self = .notMLflow
        }
    }
}
