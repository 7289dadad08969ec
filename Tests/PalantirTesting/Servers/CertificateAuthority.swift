import Foundation

/// A certificate authority of a test's own, made by OpenSSL, with a certificate for each server that wants one.
package struct CertificateAuthority: Sendable {
    /// Its own certificate in PEM form.
    package let file: String
    private let key: String
    private let folder: String

    package struct Certificate: Sendable {
        package let file: String
        package let key: String
    }

    /// - Parameter folder: keeps its files.
    package init(in folder: String) async throws {
        self.folder = folder
        let name = "authority-\(UUID().uuidString.prefix(8))"
        (file, key) = ("\(folder)/\(name).pem", "\(folder)/\(name).key")
        try await Self.openssl(["-subj", "/CN=\(name)", "-keyout", key, "-out", file])
    }

    /// - Parameter names: as OpenSSL writes them, such as `DNS:localhost` or `IP:127.0.0.1`.
    package func certificate(for names: String) async throws -> Certificate {
        let name = "\(folder)/\(UUID().uuidString.prefix(8))"
        let certificate = Certificate(file: name + ".pem", key: name + ".key")
        try await Self.openssl([
            "-CA", file, "-CAkey", key, "-subj", "/CN=a test's server", "-addext", "subjectAltName=\(names)", "-addext",
            "basicConstraints=critical,CA:FALSE", "-keyout", certificate.key, "-out", certificate.file,
        ])
        return certificate
    }

    private static func openssl(_ arguments: [String]) async throws {
        let tool = try await CommandLineTool(
            [
                "/usr/bin/openssl", "req", "-x509", "-days", "2", "-nodes", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
            ] + arguments)
        guard tool.exitCode == 0 else { throw NotStarted("OpenSSL made no certificate", log: tool.output) }
    }
}
