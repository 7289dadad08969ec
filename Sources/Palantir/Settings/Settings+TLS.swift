/// The files that the server's TLS is made of, all of them PEM.
package struct TLSFiles: Hashable, Sendable {
    /// The server's own certificate first, then those between it and its authority.
    package let certificate: String
    package let key: String
    /// Whose certificates clients must show; nil: clients need none.
    package let clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String?) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

extension Setting where Value == String {
    package static let tlsCertificate = Setting(
        "PALANTIR_TLS_CERTIFICATE", flag: "tls-certificate", type: "path", default: "none",
        summary: "The server's certificate with its chain, in PEM; with it the hub speaks https only."
    ) { $0 }
    package static let tlsKey = Setting(
        "PALANTIR_TLS_KEY", flag: "tls-key", type: "path", default: "none",
        summary: "The certificate's private key, in PEM and without a passphrase."
    ) { $0 }
    package static let tlsClientAuthorities = Setting(
        "PALANTIR_TLS_CLIENT_CA", flag: "tls-client-ca", type: "path", default: "none",
        summary: "Authorities in PEM; a client without a certificate of one of them is refused in the handshake."
    ) { $0 }
}

extension TLSFiles {
    static let settings = [
        Setting<String>.tlsCertificate.description, Setting<String>.tlsKey.description,
        Setting<String>.tlsClientAuthorities.description,
    ]

    static func read(_ reading: inout SettingsReading) -> TLSFiles? {
        let authorities = reading.value(.tlsClientAuthorities)
        switch (reading.value(.tlsCertificate), reading.value(.tlsKey)) {
        case (let certificate?, let key?):
            return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
        case (nil, nil):
            if authorities != nil {
                reading.problems.append(
                    "PALANTIR_TLS_CLIENT_CA needs PALANTIR_TLS_CERTIFICATE and PALANTIR_TLS_KEY, which are not set.")
            }
        default:
            reading.problems.append("PALANTIR_TLS_CERTIFICATE and PALANTIR_TLS_KEY go together: one is unset.")
        }
        return nil
    }
}
