import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Palantir

/// What the server shows of itself and asks of its clients, as its files have it: TLS 1.2 at least, HTTP/1.1 above it,
/// and a certificate of the client's own where authorities for those are named.
package struct ServerTLS: Sendable {
    let context: NIOSSLContext
    let files: TLSFiles
    let validFrom: Date
    let validUntil: Date
    /// Of the certificate, in hexadecimal, as other programs show it.
    package let serialNumber: String
    /// Users other than the owner and its group may read the private key.
    let isKeyOpen: Bool

    /// What a client that does not answer to the end of its connection gets; it holds up the end of the hub.
    private static let shutdownTimeout = TimeAmount.seconds(1)

    /// Reads the files, not on the caller's thread.
    ///
    /// - Returns: nil without files.
    /// - Throws: what is wrong with which file. Nothing of a file's contents is repeated.
    package static func read(_ files: TLSFiles?) async throws(SettingsError) -> ServerTLS? {
        guard let files else { return nil }
        do {
            return try await NIOThreadPool.singleton.runIfActive { try ServerTLS(files) }
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(problems: ["The files of TLS could not be read: \(error)."])
        }
    }

    private init(_ files: TLSFiles) throws(SettingsError) {
        self.files = files
        let chain = try Self.certificates(in: files.certificate, of: .tlsCertificate)
        let key = try Self.key(in: files.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = Self.shutdownTimeout
        if let authorities = files.clientAuthorities {
            // A client has no host name that could be checked.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(try Self.certificates(in: authorities, of: .tlsClientAuthorities))
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw Self.wrong(
                .tlsKey, files.key,
                "which does not belong to the certificate in PALANTIR_TLS_CERTIFICATE; give the two of one pair")
        }
        let own = chain[0]
        validFrom = Date(timeIntervalSince1970: TimeInterval(own.notValidBefore))
        validUntil = Date(timeIntervalSince1970: TimeInterval(own.notValidAfter))
        serialNumber = own.serialNumber.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
        let permissions = try? FileManager.default.attributesOfItem(atPath: files.key)[.posixPermissions] as? Int
        isKeyOpen = (permissions ?? 0) & 0o007 != 0
    }

    /// - Returns: at least one.
    private static func certificates(
        in path: String, of setting: Setting<String>
    ) throws(SettingsError) -> [NIOSSLCertificate] {
        let bytes = try bytes(of: path, setting)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw wrong(setting, path, "which is no certificate in PEM (-----BEGIN CERTIFICATE-----)")
        }
        return found
    }

    private static func key(in path: String) throws(SettingsError) -> NIOSSLPrivateKey {
        let bytes = try bytes(of: path, .tlsKey)
        // The library's own error may quote what it read.
        guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw wrong(
                .tlsKey, path,
                "which is no private key in PEM (-----BEGIN PRIVATE KEY-----), or one with a passphrase; "
                    + "`openssl pkey` takes that off")
        }
        return key
    }

    private static func bytes(of path: String, _ setting: Setting<String>) throws(SettingsError) -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw wrong(setting, path, "which is not there, or may not be read by the hub's user")
        }
    }

    private static func wrong(_ setting: Setting<String>, _ path: String, _ what: String) -> SettingsError {
        SettingsError(problems: ["\(setting.description.name) is \(path.debugDescription), \(what)."])
    }
}
