import Logging

/// Writes a log without the secrets that the hub has, and without credentials in addresses, whoever tells them: drivers and
/// libraries quote what they were given.
package struct SecretMaskingLogHandler: LogHandler {
    private var handler: any LogHandler
    private let secrets: [String]

    /// Shorter ones are also parts of words; a log in which every "a" is masked tells nothing.
    private static let shortest = 4

    /// - Parameters:
    ///   - handler: writes what was masked.
    ///   - secrets: as they may be quoted.
    package init(_ handler: any LogHandler, secrets: [String]) {
        self.handler = handler
        // A secret that holds another is masked whole.
        self.secrets = secrets.filter { $0.utf8.count >= Self.shortest }.sorted { $0.utf8.count > $1.utf8.count }
    }

    package var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    package var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    package var logLevel: Logger.Level {
        get { handler.logLevel }
        set { handler.logLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue.map(masked) }
    }

    package func log(event: LogEvent) {
        var event = event
        event.message = "\(masked(event.message.description))"
        event.metadata = event.metadata?.mapValues(masked)
        if let error = event.error {
            event.error = nil
            event.metadata = (event.metadata ?? [:]).merging(["error": .string(masked("\(error)"))]) { given, _ in given
            }
        }
        handler.log(event: event)
    }

    private func masked(_ text: String) -> String {
        secrets.reduce(text.withoutCredentials) { text, secret in
            text.contains(secret) ? text.replacing(secret, with: "(hidden)") : text
        }
    }

    private func masked(_ value: Logger.Metadata.Value) -> Logger.Metadata.Value {
        switch value {
        case .string(let text): .string(masked(text))
        case .stringConvertible(let text): .string(masked(text.description))
        case .dictionary(let values): .dictionary(values.mapValues(masked))
        case .array(let values): .array(values.map(masked))
        }
    }
}
