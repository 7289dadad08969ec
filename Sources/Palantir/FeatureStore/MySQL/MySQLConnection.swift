import CMariaDB
import Foundation
import Synchronization

/// One connection to MySQL or MariaDB with its prepared statements.
///
/// `@unchecked Sendable`: the client library's handle and the statements are touched by one thread at a time, since
/// ``ConnectionPool`` hands a connection to one thread and takes it back before another gets it; its lock orders the
/// two.
final class MySQLConnection: StoreConnection, @unchecked Sendable {
    private let mysql: UnsafeMutablePointer<MYSQL>
    private var statements: [String: MySQLStatement] = [:]
    private(set) var isUsable = true

    /// Statements kept per connection; the server allows 16,382 in all by default.
    private static let maximumStatements = 64

    /// The client library's own set-up, once a process: a lazy static is initialised by one thread only.
    private static let library: Int32 = mysql_server_init(0, nil, nil)

    init(_ dsn: MySQLDSN, authorities: String? = nil) throws(PalantirError) {
        do throws(MySQLFailure) {
            mysql = try Self.connect(dsn, tls: dsn.options.tls != .off, authorities)
        } catch {
            // `preferred` takes what the server offers; others do not fall back.
            guard dsn.options.tls == .preferred, error.number == UInt32(CR_SSL_CONNECTION_ERROR) else {
                throw Self.unavailable(error)
            }
            do throws(MySQLFailure) {
                mysql = try Self.connect(dsn, tls: false, nil)
            } catch {
                throw Self.unavailable(error)
            }
        }
    }

    func close() {
        isUsable = false
        statements.removeAll()
        mysql_close(mysql)
    }

    func ping() throws(PalantirError) {
        guard mysql_ping(mysql) == 0 else {
            isUsable = false
            throw Self.unavailable(Self.failure(of: mysql))
        }
    }

    /// Runs a prepared statement, which is kept for the next time.
    func execute(
        _ sql: String, _ parameters: [MySQLParameter],
        row: (borrowing MySQLStatement) throws(PalantirError) -> Void
    ) throws(MySQLExecutionError) {
        do throws(MySQLExecutionError) {
            try statement(sql).execute(parameters, row: row)
        } catch {
            if case .server(let failure) = error {
                statements[sql] = nil
                // After an error in the midst of a result the two sides may be out of step.
                if failure.kind == .connectionLost || failure.kind == .other { isUsable = false }
            }
            throw error
        }
    }

    /// Runs a statement that is not kept.
    func executeOnce(
        _ sql: String, _ parameters: [MySQLParameter],
        row: (borrowing MySQLStatement) throws(PalantirError) -> Void
    ) throws(MySQLExecutionError) {
        let statement: MySQLStatement
        do throws(MySQLFailure) {
            statement = try MySQLStatement(sql, on: mysql)
        } catch {
            if error.kind == .connectionLost { isUsable = false }
            throw .server(error)
        }
        do throws(MySQLExecutionError) {
            try statement.execute(parameters, row: row)
        } catch {
            if case .server(let failure) = error, failure.kind == .connectionLost || failure.kind == .other {
                isUsable = false
            }
            throw error
        }
    }

    var isEncrypted: Bool { Self.isEncrypted(mysql) }

    static func failure(of mysql: UnsafeMutablePointer<MYSQL>) -> MySQLFailure {
        MySQLFailure(number: mysql_errno(mysql), message: String(cString: mysql_error(mysql)))
    }

    static func unavailable(_ failure: MySQLFailure) -> PalantirError {
        let what =
            switch failure.number {
            case UInt32(ER_ACCESS_DENIED_ERROR): "it refused the DSN's user"
            case UInt32(ER_DBACCESS_DENIED_ERROR): "the DSN's database is not there, or its user may not use it"
            case UInt32(ER_UNKNOWN_TIME_ZONE): "it does not know the time zone of the DSN's parameter loc"
            case UInt32(ER_CON_COUNT_ERROR), UInt32(ER_TOO_MANY_USER_CONNECTIONS): "it has no connection left"
            case UInt32(ER_BAD_DB_ERROR): "it has no database of the DSN's name"
            case UInt32(CR_SSL_CONNECTION_ERROR):
                "the TLS connection to it failed; check its certificate, PALANTIR_CA_FILE and the DSN's parameter tls"
            case UInt32(ER_LOCK_WAIT_TIMEOUT): "the table is locked"
            default: "it cannot be reached or broke off"
            }
        return .featureStoreUnavailable(what, cause: failure.cause)
    }

    // MARK: -

    private func statement(_ sql: String) throws(MySQLExecutionError) -> MySQLStatement {
        if let known = statements[sql] { return known }
        do throws(MySQLFailure) {
            let statement = try MySQLStatement(sql, on: mysql)
            // Full only when tables were altered or tags changed often; then all are prepared anew as they are needed.
            if statements.count >= Self.maximumStatements { statements.removeAll() }
            statements[sql] = statement
            return statement
        } catch {
            throw .server(error)
        }
    }

    private static func connect(
        _ dsn: MySQLDSN, tls: Bool, _ authorities: String?
    ) throws(MySQLFailure) -> UnsafeMutablePointer<MYSQL> {
        guard library == 0, let mysql = mysql_init(nil) else {
            throw MySQLFailure(number: UInt32(CR_OUT_OF_MEMORY), message: "the client library could not start")
        }
        setOptions(dsn.options, on: mysql)
        setTLS(tls ? dsn.options.tls : .off, authorities, on: mysql)
        // By a socket file the server is this machine's own.
        if case .tcp = dsn.address {
            speakTCP(on: mysql)
            if dsn.options.tls != .verified { refuseClearPasswords(on: mysql) }
        }
        let (host, port, socket): (String?, Int, String?) =
            switch dsn.address {
            case .tcp(let host, let port): (host, port, nil)
            case .unix(let path): (nil, 0, path)
            }
        let database = dsn.database.isEmpty ? nil : dsn.database
        let connected = mysql_real_connect(mysql, host, dsn.user, dsn.password, database, UInt32(port), socket, 0)
        guard connected != nil, session(dsn.options).allSatisfy({ mysql_query(mysql, $0) == 0 }) else {
            let failure = failure(of: mysql)
            mysql_close(mysql)
            throw failure
        }
        if [.verified, .unverified].contains(dsn.options.tls), !isEncrypted(mysql) {
            mysql_close(mysql)
            throw MySQLFailure(number: UInt32(CR_SSL_CONNECTION_ERROR), message: "the server offers no TLS")
        }
        return mysql
    }

    private static func setOptions(_ options: MySQLOptions, on mysql: UnsafeMutablePointer<MYSQL>) {
        func set(_ option: mysql_option, _ value: UInt32) {
            withUnsafePointer(to: value) { _ = mysql_options(mysql, option, $0) }
        }
        // The library counts whole seconds.
        set(MYSQL_OPT_CONNECT_TIMEOUT, wholeSeconds(options.connectTimeout))
        set(MYSQL_OPT_READ_TIMEOUT, wholeSeconds(options.readTimeout))
        set(MYSQL_OPT_WRITE_TIMEOUT, wholeSeconds(options.writeTimeout))
        // Otherwise a server could ask for this machine's files.
        set(MYSQL_OPT_LOCAL_INFILE, 0)
        mysql_options(mysql, MYSQL_SET_CHARSET_NAME, options.characterSet)
    }

    private static func wholeSeconds(_ duration: Duration) -> UInt32 {
        UInt32((duration / .seconds(1)).rounded(.up))
    }

    /// What holds for the session. Its values were checked when the DSN was parsed.
    private static func session(_ options: MySQLOptions) -> [String] {
        let names = "NAMES \(options.characterSet)" + (options.collation.map { " COLLATE \($0)" } ?? "")
        return ["SET \(names), time_zone = '\(options.timeZone)'", "SET SESSION TRANSACTION READ ONLY"]
    }
}
