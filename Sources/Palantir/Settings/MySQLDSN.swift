import Foundation

/// A MySQL data source name in go-sql-driver's form, `user:password@tcp(host:port)/database?parameters`, parsed.
package struct MySQLDSN: Hashable, Sendable {
    package let user: String
    package let password: String
    package let address: Address
    /// Empty if the DSN names none: then `feature_store` tags must name one.
    package let database: String
    package let options: MySQLOptions

    package enum Address: Hashable, Sendable {
        case tcp(host: String, port: Int)
        case unix(path: String)
    }

    /// What is wrong, as the end of a sentence that starts with the setting's name. It never repeats the DSN, which
    /// holds a password.
    package struct ParseError: Error, Hashable, Sendable {
        package let message: String
    }

    package init(
        user: String, password: String, address: Address, database: String, parameters: [(String, String)]
    ) throws(ParseError) {
        self.user = user
        self.password = password
        self.address = address
        self.database = database
        self.options = try MySQLOptions(parameters)
    }

    /// Parses as go-sql-driver does: the last `/` starts the database, the last `@` before it ends the credentials,
    /// the first `:` in those ends the user. So a password may hold `@`, `:` and `/` as they are, and `%` stands for
    /// itself. Database and parameter values are percent-decoded.
    package init(_ text: String) throws(ParseError) {
        // By scalars here and below: as a character, a separator with an accent after it is no separator.
        guard let slash = text.unicodeScalars.lastIndex(of: "/") else {
            throw ParseError(message: "lacks the slash before the database: user:password@tcp(host:3306)/database")
        }
        let left = text[..<slash]
        let right = text[text.unicodeScalars.index(after: slash)...]
        let (credentials, network) = Self.split(left, atLast: "@")
        let (user, password) = Self.split(credentials, atFirst: ":")
        let (database, query) = Self.split(right, atFirst: "?")
        guard let decoded = String(database).removingPercentEncoding else {
            throw ParseError(message: "has a malformed percent escape in the database's name")
        }
        let address = try Self.address(network)
        do throws(ParseError) {
            try self.init(
                user: String(user), password: String(password), address: address, database: decoded,
                parameters: try Self.parameters(query))
        } catch {
            // If the slash before the database is missing, these are no parameters but the rest of a password.
            guard query.unicodeScalars.contains("@") else { throw error }
            throw ParseError(
                message: "has wrong parameters, or lacks the slash before the database: user:password@tcp(host:3306)/"
                    + "database?name=value")
        }
    }

    private static func address(_ text: Substring) throws(ParseError) -> Address {
        guard !text.isEmpty else { return .tcp(host: "127.0.0.1", port: 3306) }
        let (network, rest) = split(text, atFirst: "(")
        guard rest.isEmpty ? !text.contains("(") : rest.hasSuffix(")") else {
            throw ParseError(message: "has an address without its closing bracket: tcp(host:3306)")
        }
        let inner = rest.dropLast()
        switch network {
        case "unix": return .unix(path: inner.isEmpty ? "/tmp/mysql.sock" : String(inner))
        case "tcp": return try hostAndPort(inner)
        default:
            // Not named: of a DSN without its @ this is user and password.
            throw ParseError(message: "names a network other than tcp and unix: user:password@tcp(host:3306)/database")
        }
    }

    private static func hostAndPort(_ text: Substring) throws(ParseError) -> Address {
        guard !text.isEmpty else { return .tcp(host: "127.0.0.1", port: 3306) }
        let host: Substring
        let port: Substring
        if text.hasPrefix("[") {
            guard let end = text.lastIndex(of: "]") else {
                throw ParseError(message: "has an IPv6 address without its closing bracket: tcp([::1]:3306)")
            }
            host = text[text.index(after: text.startIndex)..<end]
            port = text[text.index(after: end)...]
        } else {
            guard text.count(where: { $0 == ":" }) <= 1 else {
                throw ParseError(message: "has an IPv6 address outside of square brackets: tcp([::1]:3306)")
            }
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            port = text[colon...]
        }
        if port.isEmpty { return .tcp(host: String(host), port: 3306) }
        guard port.hasPrefix(":"), let number = Int(port.dropFirst()), (1...65_535).contains(number) else {
            throw ParseError(message: "has a port that is no number from 1 to 65535")
        }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : String(host), port: number)
    }

    private static func parameters(_ query: Substring) throws(ParseError) -> [(String, String)] {
        var parameters: [(String, String)] = []
        for pair in query.split(separator: "&") {
            let (name, value) = split(pair, atFirst: "=")
            guard pair.unicodeScalars.contains("=") else {
                throw ParseError(message: "has the parameter \(String(name).debugDescription) without a value")
            }
            guard let decoded = String(value).replacing("+", with: " ").removingPercentEncoding else {
                throw ParseError(message: "has a malformed percent escape in the parameter \(name)")
            }
            parameters.append((String(name), decoded))
        }
        return parameters
    }

    private static func split(_ text: Substring, atFirst separator: Unicode.Scalar) -> (Substring, Substring) {
        let scalars = text.unicodeScalars
        guard let index = scalars.firstIndex(of: separator) else { return (text, "") }
        return (text[..<index], text[scalars.index(after: index)...])
    }

    /// What stands before the last separator, empty if there is none, and what stands after it.
    private static func split(_ text: Substring, atLast separator: Unicode.Scalar) -> (Substring, Substring) {
        let scalars = text.unicodeScalars
        guard let index = scalars.lastIndex(of: separator) else { return ("", text) }
        return (text[..<index], text[scalars.index(after: index)...])
    }
}
