import CMariaDB

/// What the client library is told of TLS. Its own defaults encrypt where the server likes to and check nothing, so each
/// option is set.
extension MySQLConnection {
    /// - Parameters:
    ///   - mode: what the DSN asks for; `preferred` stands for the try with TLS, `off` for the one without.
    ///   - authorities: a PEM file of certificate authorities that are trusted beside the system's.
    static func setTLS(_ mode: MySQLOptions.TLS, _ authorities: String?, on mysql: UnsafeMutablePointer<MYSQL>) {
        // Despite its name it only asks for TLS. With a certificate to check the library says nothing to a server that
        // offers none; without, it goes on unencrypted, which is found out afterwards.
        setFlag(MYSQL_OPT_SSL_ENFORCE, mode != .off, on: mysql)
        setFlag(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, mode == .verified, on: mysql)
        mysql_options(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3")
        guard mode == .verified else { return }
        guard let authorities else {
            mysql_options(mysql, MYSQL_OPT_SSL_CA, systemAuthorities)
            return
        }
        mysql_options(mysql, MYSQL_OPT_SSL_CA, authorities)
        mysql_options(mysql, MYSQL_OPT_SSL_CAPATH, systemAuthoritiesFolder)
    }

    static func isEncrypted(_ mysql: UnsafeMutablePointer<MYSQL>) -> Bool {
        mysql_get_ssl_cipher(mysql) != nil
    }

    /// The library would take `localhost` for a socket file.
    static func speakTCP(on mysql: UnsafeMutablePointer<MYSQL>) {
        withUnsafePointer(to: MYSQL_PROTOCOL_TCP.rawValue) { _ = mysql_options(mysql, MYSQL_OPT_PROTOCOL, $0) }
    }

    /// A server that nobody vouches for could ask for the password as it is, by the plugins that send it so; these do not.
    static func refuseClearPasswords(on mysql: UnsafeMutablePointer<MYSQL>) {
        mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH, hashingPlugins)
    }

    private static let hashingPlugins =
        "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,parsec,auth_gssapi_client"

    /// Where Debian and most other systems keep the certificates that the machine trusts: in one file, and each in its own
    /// under the hash of its name.
    private static let systemAuthorities = "/etc/ssl/certs/ca-certificates.crt"
    private static let systemAuthoritiesFolder = "/etc/ssl/certs"

    private static func setFlag(_ option: mysql_option, _ value: Bool, on mysql: UnsafeMutablePointer<MYSQL>) {
        let flag: my_bool = value ? 1 : 0
        withUnsafePointer(to: flag) { _ = mysql_options(mysql, option, $0) }
    }
}
