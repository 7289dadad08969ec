/// What a feature store tells of itself, judged.
enum StoreDiagnosis {
    private static let subject = Finding.Component.featureStore

    static func findings(_ inspection: StoreInspection) -> [Finding] {
        let name = "\(inspection.product.rawValue) \(inspection.version)"
        var findings = [Finding.ok(.featureStore, of: subject, "\(inspection.product.rawValue) answers.")]
        if isTooOld(inspection) {
            findings.append(
                .warning(
                    .featureStoreVersion, of: subject, "\(name) is older than what the hub is tested with.",
                    remedy: "Upgrade it to MySQL 5.7 or newer, or MariaDB 10.3 or newer."))
        } else {
            findings.append(.ok(.featureStoreVersion, of: subject, "\(name) is one that the hub reads."))
        }
        guard inspection.product != .sqlite else { return findings }
        return findings + [tls(inspection.transport), rights(inspection)]
    }

    /// That it does not answer.
    static func unavailable(_ error: PalantirError, isFile: Bool) -> Finding {
        let remedy =
            isFile
            ? "Make the file that FEATURE_STORE_URL names, or set it to the right path: sqlite:////absolute/path has four "
                + "slashes. Without either setting, palantir serve makes the embedded file at its first start."
            : "See that the server runs and takes the account of MYSQL_DSN (or FEATURE_STORE_URL): host, port, user, "
                + "password, database and tls."
        return .error(.featureStore, of: subject, error.message, remedy: remedy)
    }

    private static func isTooOld(_ inspection: StoreInspection) -> Bool {
        guard let release = inspection.release else { return false }
        return switch inspection.product {
        case .mysql: (release.major, release.minor) < (5, 7)
        case .mariaDB: (release.major, release.minor) < (10, 3)
        case .sqlite: false
        }
    }

    private static func tls(_ transport: StoreInspection.Transport) -> Finding {
        let verified =
            "Add tls=true to the parameters of MYSQL_DSN, and name the authority by PALANTIR_CA_FILE if it is "
            + "your own."
        switch transport {
        case .local: return .ok(.featureStoreTLS, of: subject, "Rows come by a socket of this machine.")
        case .plain(isLoopback: true): return .ok(.featureStoreTLS, of: subject, "Rows do not leave this machine.")
        case .encrypted(isVerified: true, _):
            return .ok(.featureStoreTLS, of: subject, "Rows are encrypted, and the server's certificate is checked.")
        case .encrypted(isVerified: false, isLoopback: true):
            return .ok(.featureStoreTLS, of: subject, "Rows are encrypted, and do not leave this machine.")
        case .plain(isLoopback: false):
            return .warning(
                .featureStoreTLS, of: subject, "Rows and the password's proof cross the network unencrypted.",
                remedy: verified)
        case .encrypted(isVerified: false, isLoopback: false):
            return .warning(
                .featureStoreTLS, of: subject,
                "Rows are encrypted, but the server's certificate is not checked: anyone between could read them.",
                remedy: verified)
        }
    }

    private static func rights(_ inspection: StoreInspection) -> Finding {
        guard !inspection.writePrivileges.isEmpty else {
            return .ok(.featureStoreRights, of: subject, "Its user may read, and nothing else.")
        }
        let shown = inspection.writePrivileges.prefix(4).joined(separator: ", ")
        let more = inspection.writePrivileges.count > 4 ? " and more" : ""
        let database = inspection.database.isEmpty ? "*" : SQLDialect.mysql.quoted(inspection.database)
        return .warning(
            .featureStoreRights, of: subject,
            "Its user may do more than read (\(shown)\(more)); the hub never writes, and who steals the DSN could. Make a reader, "
                + "and name that in the DSN.",
            remedy: "CREATE USER 'palantir_reader'@'%' IDENTIFIED BY '<password>'; "
                + "GRANT SELECT ON \(database).* TO 'palantir_reader'@'%';")
    }
}
