import CMariaDB

/// An error of the client library or the server, sorted by what has to be done about it.
struct MySQLFailure: Error {
    let number: UInt32
    let message: String

    enum Kind {
        /// The connection is gone; another may be there.
        case connectionLost
        /// A table or column that the statement names is not there any more, or has another type.
        case tableChanged
        /// The server dropped the prepared statement.
        case statementLost
        /// The DSN's user may not read the table.
        case denied
        case other
    }

    /// The numbers of the server's and the client library's documented error lists.
    var kind: Kind {
        switch number {
        case UInt32(CR_SERVER_GONE_ERROR), UInt32(CR_SERVER_LOST), UInt32(CR_SERVER_LOST_EXTENDED),
            UInt32(CR_COMMANDS_OUT_OF_SYNC), UInt32(ER_SERVER_SHUTDOWN), UInt32(ER_CONNECTION_KILLED),
            Self.clientInteractionTimeout, UInt32(CR_MALFORMED_PACKET):
            .connectionLost
        case UInt32(ER_NO_SUCH_TABLE), UInt32(ER_BAD_FIELD_ERROR), UInt32(ER_BAD_DB_ERROR), UInt32(ER_BAD_TABLE_ERROR):
            .tableChanged
        case UInt32(ER_NEED_REPREPARE), UInt32(ER_UNKNOWN_STMT_HANDLER): .statementLost
        case UInt32(ER_TABLEACCESS_DENIED_ERROR), UInt32(ER_COLUMNACCESS_DENIED_ERROR): .denied
        default: .other
        }
    }

    /// MySQL 8's ER_CLIENT_INTERACTION_TIMEOUT, which MariaDB's header does not know.
    private static let clientInteractionTimeout: UInt32 = 4031

    /// Ours: the result's columns are not those that were prepared.
    static let resultChanged = MySQLFailure(number: UInt32(ER_BAD_FIELD_ERROR), message: "the result's columns changed")

    /// For the log; the server's words never reach a caller. They are left out where they may quote a value of a row or a
    /// part of a statement, such as `Incorrect integer value: '…'`: the number tells the kind.
    var cause: String {
        "MySQL error \(number)"
            + (isAboutConnection || kind != .other ? ": \(message)" : ", whose words may quote values")
    }

    /// The client library's own numbers, and the server's refusals to connect.
    private var isAboutConnection: Bool {
        switch number {
        case 2_000..<3_000, 5_000..<6_000: true
        case UInt32(ER_ACCESS_DENIED_ERROR), UInt32(ER_DBACCESS_DENIED_ERROR), UInt32(ER_CON_COUNT_ERROR),
            UInt32(ER_TOO_MANY_USER_CONNECTIONS), UInt32(ER_HOST_IS_BLOCKED), UInt32(ER_HOST_NOT_PRIVILEGED),
            UInt32(ER_HANDSHAKE_ERROR), UInt32(ER_UNKNOWN_TIME_ZONE), UInt32(ER_LOCK_WAIT_TIMEOUT):
            true
        default: false
        }
    }
}
