import Foundation

/// Certificates of an authority of the tests' own, made by openssl in a folder of their own.
package struct TestCertificates: Sendable {
    package let folder: String

    package var authority: String { folder + "/ca.pem" }

    package init() async throws {
        folder = try Place.folder()
        try await openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "30",
            "-subj", "/CN=Authority of the tests", "-keyout", folder + "/ca.key", "-out", authority)
    }

    package func remove() {
        Place.remove(folder)
    }

    /// A certificate and its key.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// Makes a certificate for loopback.
    ///
    /// - Parameter days: until it expires; negative for one that has.
    package func make(_ name: String, days: Int = 30) async throws -> Pair {
        let pair = Pair(certificate: "\(folder)/\(name).pem", key: "\(folder)/\(name).key")
        let extensions = folder + "/extensions"
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n".write(toFile: extensions, atomically: true, encoding: .utf8)
        let request = "\(folder)/\(name).csr"
        try await openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj",
            "/CN=\(name)", "-keyout", pair.key, "-out", request)
        try await openssl(
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder + "/ca.key", "-CAcreateserial",
            "-days", "\(days)", "-extfile", extensions, "-out", pair.certificate)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: pair.key)
        return pair
    }

    private func openssl(_ arguments: String...) async throws {
        let made = try await CommandLineTool(["/usr/bin/openssl"] + arguments)
        guard made.exitCode == 0 else { throw NotStarted("openssl \(arguments[0]) failed", log: made.output) }
    }
}
