import NIOSSL

/// Whose certificates are believed: the machine's authorities, and beside them those of a file of the operator's.
package struct TLSTrust: Sendable {
    /// A PEM file; nil for the machine's authorities alone.
    package let file: String?
    private let own: NIOSSLContext?

    /// The machine's authorities alone.
    package static let system = TLSTrust()

    private init() {
        (file, own) = (nil, nil)
    }

    /// - Throws: what is wrong with the file.
    package init(file: String?) throws(SettingsError) {
        self.file = file
        guard let file else {
            own = nil
            return
        }
        do {
            own = try Self.context(with: try NIOSSLCertificate.fromPEMFile(file))
        } catch {
            throw SettingsError(problems: [
                "PALANTIR_CA_FILE is \(file.debugDescription), which cannot be read or holds no certificates in PEM form."
            ])
        }
    }

    /// What connections begin TLS with.
    var context: NIOSSLContext {
        get throws { try own ?? Self.systemContext.get() }
    }

    /// The machine's certificates are read once, when they are first needed.
    private static let systemContext = Result { try context(with: []) }

    private static func context(with certificates: [NIOSSLCertificate]) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !certificates.isEmpty { configuration.additionalTrustRoots = [.certificates(certificates)] }
        return try NIOSSLContext(configuration: configuration)
    }
}
