import Foundation
import NIOCore
import Palantir
import PalantirTesting
import Testing

@Suite("TLS to MySQL", .serialized)
struct MySQLTLSTests {
    /// A MariaDB with a certificate for 127.0.0.1 and localhost, and a user that it lets in with TLS alone.
    private static func with(
        names: String = "DNS:localhost,IP:127.0.0.1",
        _ body: (_ port: Int, _ authority: CertificateAuthority) async throws -> Void
    ) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let authority = try await CertificateAuthority(in: folder)
        let certificate = try await authority.certificate(for: names)
        let server = try await MariaDBServer(options: [
            "--ssl-ca=\(authority.file)", "--ssl-cert=\(certificate.file)", "--ssl-key=\(certificate.key)",
        ])
        do {
            try await server.execute(
                """
                CREATE USER encrypted@'%' IDENTIFIED BY 's3cret' REQUIRE SSL;
                GRANT SELECT ON features.* TO encrypted@'%';
                CREATE USER plain@'%' IDENTIFIED BY 's3cret';
                GRANT SELECT ON features.* TO plain@'%';
                """, database: "")
            try await body(server.port, authority)
            await server.remove()
        } catch {
            await server.remove()
            throw error
        }
    }

    /// - Returns: nil if a connection is there and answers.
    private static func failure(
        _ port: Int, tls: String, user: String = "encrypted:s3cret", host: String = "127.0.0.1",
        authorities: String? = nil
    ) async throws -> PalantirError? {
        let store = MySQLFeatureStore(
            dsn: try MySQLDSN("\(user)@tcp(\(host):\(port))/features?tls=\(tls)"),
            policy: FeatureTablePolicy(patterns: nil), connections: 1, authorities: authorities)
        do throws(PalantirError) {
            try await store.check(by: .after(.seconds(10)))
            await store.shutdown()
            return nil
        } catch {
            await store.shutdown()
            return error
        }
    }

    private static func expectNoTrust(_ error: PalantirError?) {
        #expect(error?.code == .featureStoreUnavailable)
        #expect(error?.message.contains("TLS") == true, "\(error?.message ?? "connected")")
        #expect(error?.message.contains("PALANTIR_CA_FILE") == true)
        #expect(error.map { "\($0.message)\($0.cause ?? "")".contains("s3cret") } == false)
    }

    @Test("With the authority's file the certificate and its name are checked")
    func verified() async throws {
        try await Self.with { port, authority in
            #expect(try await Self.failure(port, tls: "true", authorities: authority.file) == nil)
            #expect(try await Self.failure(port, tls: "true", host: "localhost", authorities: authority.file) == nil)
            // Not the system's, nor another's.
            Self.expectNoTrust(try await Self.failure(port, tls: "true"))
            let other = try await CertificateAuthority(in: (authority.file as NSString).deletingLastPathComponent)
            Self.expectNoTrust(try await Self.failure(port, tls: "true", authorities: other.file))
            // A file that is not there trusts nobody.
            Self.expectNoTrust(try await Self.failure(port, tls: "true", authorities: authority.file + ".gone"))
            // Without TLS the server does not let that user in: it was TLS above.
            #expect(try await Self.failure(port, tls: "false")?.code == .featureStoreUnavailable)
        }
    }

    @Test(
        "A certificate for another name is refused", arguments: ["DNS:other.example", "IP:127.0.0.9", "DNS:127.0.0.9"])
    func wrongName(_ names: String) async throws {
        try await Self.with(names: names) { port, authority in
            Self.expectNoTrust(try await Self.failure(port, tls: "true", authorities: authority.file))
            Self.expectNoTrust(
                try await Self.failure(port, tls: "true", host: "localhost", authorities: authority.file))
            #expect(try await Self.failure(port, tls: "skip-verify", authorities: authority.file) == nil)
        }
    }

    @Test(
        "Unchecked modes encrypt too, and only `preferred` also does without", arguments: ["skip-verify", "preferred"])
    func unverified(_ mode: String) async throws {
        try await Self.with { port, _ in
            for user in ["encrypted", "plain"] {
                let error = try await Self.failure(port, tls: mode, user: user + ":s3cret")
                #expect(error == nil)
            }
        }
        let server = try await MariaDBServer(options: ["--skip-ssl"])
        let error = try await Self.failure(server.port, tls: mode, user: "root:")
        if mode == "preferred" { #expect(error == nil) } else { Self.expectNoTrust(error) }
        await server.remove()
    }

    /// What a server says first, with no TLS among what it can, asking for the password as it is.
    private static var greeting: ByteBuffer {
        var packet = ByteBuffer()
        packet.writeInteger(UInt8(10))
        packet.writeNullTerminatedString("8.0.36")
        packet.writeInteger(UInt32(1), endianness: .little)
        packet.writeString("12345678")
        packet.writeInteger(UInt8(0))
        // Long password, database, protocol 4.1, secure connection; its upper half: authentication by plugins.
        packet.writeInteger(UInt16(0x8209), endianness: .little)
        packet.writeInteger(UInt8(45))
        packet.writeInteger(UInt16(2), endianness: .little)
        packet.writeInteger(UInt16(8), endianness: .little)
        packet.writeInteger(UInt8(21))
        packet.writeRepeatingByte(0, count: 10)
        packet.writeNullTerminatedString("abcdefghijkl")
        packet.writeNullTerminatedString("mysql_clear_password")
        var all = ByteBuffer()
        all.writeInteger(UInt32(packet.readableBytes), endianness: .little)
        all.writeBuffer(&packet)
        return all
    }

    @Test("A server without TLS is told nothing where its certificate is to be checked")
    func downgrade() async throws {
        let server = try await Canary(on: ["127.0.0.1"], greeting: Self.greeting)
        Self.expectNoTrust(try await Self.failure(server.port, tls: "true", user: "me:s3cret"))
        #expect(server.connections > 0)
        #expect(server.bytes == 0)
        await server.stop()
    }

    @Test(
        "A server that asks for the password as it is does not get it",
        arguments: ["false", "preferred", "skip-verify"])
    func clearPassword(_ mode: String) async throws {
        let server = try await Canary(on: ["127.0.0.1"], greeting: Self.greeting)
        #expect(try await Self.failure(server.port, tls: mode, user: "me:s3cret")?.code == .featureStoreUnavailable)
        #expect(server.connections > 0)
        #expect(!String(buffer: server.received).contains("s3cret"))
        await server.stop()
    }
}
