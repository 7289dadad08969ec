/// The parameters of a MySQL DSN, each honoured or refused by name.
package struct MySQLOptions: Hashable, Sendable {
    package let tls: TLS
    /// For connecting. Default 2 s: a database that takes longer is down for a request whose deadline is 5 s.
    package let connectTimeout: Duration
    /// For one answer of the server. Default 5 s, a request's own default deadline.
    package let readTimeout: Duration
    package let writeTimeout: Duration
    /// `utf8mb4` or `utf8`: what JSON can carry.
    package let characterSet: String
    package let collation: String?
    /// The time zone in which TIMESTAMP columns are given: an offset such as `+00:00`, or a name that the server knows.
    package let timeZone: String

    package enum TLS: String, Hashable, Sendable {
        case off = "false"
        /// Encrypted, certificate and host name checked.
        case verified = "true"
        /// Encrypted, not checked.
        case unverified = "skip-verify"
        /// Encrypted if the server can, not checked.
        case preferred
    }

    /// go-sql-driver's parameters that change nothing here, since Palantir only reads by prepared statements. They are
    /// accepted so that a DSN can be shared with a Go program.
    private static let withoutEffect: Set<String> = [
        "allowNativePasswords", "checkConnLiveness", "clientFoundRows", "columnsWithAlias", "connectionAttributes",
        "interpolateParams", "maxAllowedPacket", "multiStatements", "parseTime", "rejectReadOnly", "timeTruncate",
    ]

    init(_ parameters: [(String, String)]) throws(MySQLDSN.ParseError) {
        var tls = TLS.off
        var connect = Duration.seconds(2)
        var read = Duration.seconds(5)
        var write = Duration.seconds(5)
        var characterSet = "utf8mb4"
        var collation: String?
        var timeZone = "+00:00"
        for (name, value) in parameters {
            switch name {
            case "tls":
                guard let mode = TLS(rawValue: value.lowercased()) else {
                    throw Self.wrong(name, "true, false, skip-verify or preferred")
                }
                tls = mode
            case "timeout": connect = try Self.duration(name, value)
            case "readTimeout": read = try Self.duration(name, value)
            case "writeTimeout": write = try Self.duration(name, value)
            case "charset":
                // A list is tried in order by go-sql-driver; the first that JSON can carry is taken.
                guard let first = value.split(separator: ",").first(where: { ["utf8mb4", "utf8"].contains($0) }) else {
                    throw Self.wrong(name, "utf8mb4 or utf8, since JSON is UTF-8")
                }
                characterSet = String(first)
            case "collation":
                guard !value.isEmpty, value.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
                else { throw Self.wrong(name, "a collation's name, such as utf8mb4_general_ci") }
                collation = value
            case "loc": timeZone = try Self.timeZone(name, value)
            case let name where Self.withoutEffect.contains(name): continue
            default:
                throw MySQLDSN.ParseError(
                    message: "has the unknown parameter \(name.debugDescription); known are tls, timeout, readTimeout, "
                        + "writeTimeout, charset, collation and loc")
            }
        }
        if let collation, !collation.hasPrefix("utf8") {
            throw Self.wrong("collation", "a collation of utf8mb4 or utf8")
        }
        (self.tls, connectTimeout, readTimeout, writeTimeout) = (tls, connect, read, write)
        (self.characterSet, self.collation, self.timeZone) = (characterSet, collation, timeZone)
    }

    private static func wrong(_ name: String, _ expected: String) -> MySQLDSN.ParseError {
        MySQLDSN.ParseError(message: "has a wrong value for the parameter \(name); expected is \(expected)")
    }

    private static func timeZone(_ name: String, _ value: String) throws(MySQLDSN.ParseError) -> String {
        switch value {
        case "UTC", "": return "+00:00"
        case "Local": return "SYSTEM"
        default:
            let allowed = value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-:".contains($0)) }
            guard allowed else { throw wrong(name, "UTC, Local, a zone such as America%2FSao_Paulo or %2B03:00") }
            return value
        }
    }

    private static func duration(_ name: String, _ value: String) throws(MySQLDSN.ParseError) -> Duration {
        guard let duration = Duration(text: value), duration > .zero, duration <= .seconds(3_600) else {
            throw wrong(name, "a duration such as 500ms, 2s or 1m30s, up to 1h")
        }
        return duration
    }
}
