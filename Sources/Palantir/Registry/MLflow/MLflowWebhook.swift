import Crypto
import Foundation
import NIOCore
import Synchronization

/// Deliveries of MLflow's registry webhooks: signed, of now, and each taken once.
///
/// The signature is `v1,` and the base64 of HMAC-SHA256 over `<delivery id>.<timestamp>.<body>` by the webhook's secret
/// (`mlflow/webhooks/delivery.py` of MLflow 3). What a delivery says is not read: it only tells that something changed,
/// and the registry itself is asked what.
package final class MLflowWebhook: Sendable {
    package enum Outcome: Hashable, Sendable {
        case taken
        /// The same delivery again: MLflow's own retry, or somebody who has seen it.
        case replayed
    }

    /// The deliveries of the last minutes.
    private struct Seen {
        private var times: [String: Date] = [:]

        /// - Returns: whether it is new.
        mutating func note(_ id: String, at now: Date) -> Bool {
            guard times[id] == nil else { return false }
            if times.count >= MLflowWebhook.maximumSeen {
                // What is older would be refused by its timestamp.
                times = times.filter { now.timeIntervalSince($0.value) <= 2 * MLflowWebhook.tolerance }
            }
            // Only who has the secret can fill it; a look at the registry too many does no harm.
            if times.count < MLflowWebhook.maximumSeen { times[id] = now }
            return true
        }
    }

    private let key: SymmetricKey
    private let seen = Mutex(Seen())

    /// A delivery that is older, or of a clock that is so far ahead, is refused.
    private static let tolerance: TimeInterval = 300
    /// MLflow's are UUIDs.
    private static let longestID = 128
    private static let maximumSeen = 10_000

    package init(secret: String) {
        key = SymmetricKey(data: Data(secret.utf8))
    }

    /// - Throws: `UNAUTHENTICATED`, in the same words whatever is wrong.
    package func take(
        id: String?, timestamp: String?, signature: String?, body: ByteBuffer, at now: Date = Date()
    ) throws(PalantirError) -> Outcome {
        guard let id, let timestamp, let signature, id.utf8.count <= Self.longestID else { throw Self.refused }
        let parts = signature.split(separator: ",", maxSplits: 1)
        guard parts.count == 2, parts[0] == "v1", let code = Data(base64Encoded: String(parts[1])) else {
            throw Self.refused
        }
        var authentication = HMAC<SHA256>(key: key)
        authentication.update(data: Data("\(id).\(timestamp).".utf8))
        authentication.update(data: Data(body.readableBytesView))
        // Compared in constant time.
        guard authentication.finalize() == code else { throw Self.refused }
        guard let seconds = Int(timestamp) else { throw Self.refused }
        guard abs(now.timeIntervalSince1970 - TimeInterval(seconds)) <= Self.tolerance else { throw Self.refused }
        return seen.withLock { $0.note(id, at: now) } ? .taken : .replayed
    }

    private static let refused = PalantirError.unauthenticated(
        "The webhook's delivery is not signed as it must be, or not of now.")
}
