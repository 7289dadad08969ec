import Foundation
import Logging
import Palantir

extension ServerTLS {
    /// Long enough before to renew a certificate without haste.
    private static let soon: TimeInterval = 14 * 86_400

    /// Tells what somebody should act on, although it can be served.
    package func warn(_ logger: Logger, at now: Date = Date()) {
        let metadata: Logger.Metadata = [
            "file": "\(files.certificate)", "valid_from": "\(validFrom.formatted(.iso8601))",
            "valid_until": "\(validUntil.formatted(.iso8601))",
        ]
        if validUntil < now {
            logger.warning(
                "The certificate has expired: clients refuse it; renew it and send SIGHUP", metadata: metadata)
        } else if validFrom > now {
            logger.warning("The certificate is not valid yet: clients refuse it", metadata: metadata)
        } else if validUntil < now + Self.soon {
            logger.warning("The certificate expires soon; renew it and send SIGHUP", metadata: metadata)
        }
        if isKeyOpen {
            logger.warning(
                "The private key may be read by every user of this machine; take that right away (chmod 600)",
                metadata: ["file": "\(files.key)"])
        }
    }
}
