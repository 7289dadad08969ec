import NIOCore
import PalantirTesting
import Testing

extension HubTests {
    @Suite("palantir doctor on a MySQL across a network", .serialized, .enabled(if: NetworkAddress.own != nil))
    struct DoctorTLSTests {
        @Test("Rows in the clear are told, rows without a checked certificate too, and tls=true mends both")
        func network() async throws {
            let address = try #require(NetworkAddress.own)
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let authority = try await CertificateAuthority(in: folder)
            let certificate = try await authority.certificate(for: "IP:\(address)")
            let server = try await MariaDBServer(options: [
                "--bind-address=0.0.0.0", "--ssl-ca=\(authority.file)", "--ssl-cert=\(certificate.file)",
                "--ssl-key=\(certificate.key)",
            ])
            do {
                try await server.execute(
                    """
                    CREATE USER reader@'%' IDENTIFIED BY 's3cret';
                    GRANT SELECT ON features.* TO reader@'%';
                    CREATE TABLE features.users (id VARCHAR(100) NOT NULL PRIMARY KEY, age BIGINT, spend DOUBLE,
                      plan TEXT);
                    INSERT INTO features.users VALUES ('1', 31, 1.5, 'gold');
                    """, database: "")
                try await check("reader:s3cret@tcp(\(address):\(server.port))/features", authority.file)
                await server.remove()
            } catch {
                await server.remove()
                throw error
            }
        }

        private func check(_ dsn: String, _ authority: String) async throws {
            try await DoctorFixture.with { fixture in
                for parameter in ["", "?tls=skip-verify"] {
                    fixture.environment["MYSQL_DSN"] = dsn + parameter
                    let report = try await fixture.doctor()
                    #expect(report.exitCode == 1)
                    #expect(report.troubles().map { $0["check"] } == ["feature_store_tls"], "\(report.output)")
                    #expect(report.remedy(of: "feature_store_tls")?.contains("tls=true") == true)
                }
                fixture.environment["MYSQL_DSN"] = dsn + "?tls=true"
                fixture.environment["PALANTIR_CA_FILE"] = authority
                let mended = try await fixture.doctor()
                #expect(mended.troubles().isEmpty, "\(mended.output)")
            }
        }
    }
}

/// An address of this machine that others reach it by.
private enum NetworkAddress {
    static let own: String? = {
        let devices = (try? System.enumerateDevices()) ?? []
        let addresses = devices.compactMap(\.address).filter { $0.protocol == .inet }.compactMap(\.ipAddress)
        return addresses.first { !$0.hasPrefix("127.") }
    }()
}
