/// What a feature store tells of itself.
package struct StoreInspection: Hashable, Sendable {
    package let product: Product
    /// In the server's own words, such as `10.11.6-MariaDB`.
    package let version: String
    package let transport: Transport
    /// The database of the DSN; empty if it names none.
    package let database: String
    /// What the store's user may do beyond reading; empty where nobody is asked who he is.
    package let writePrivileges: [String]

    package enum Product: String, Sendable {
        case mysql = "MySQL"
        case mariaDB = "MariaDB"
        case sqlite = "SQLite"
    }

    /// How rows travel.
    package enum Transport: Hashable, Sendable {
        /// A file, or a socket file: nothing leaves the machine.
        case local
        /// In the clear; `isLoopback`: to this machine.
        case plain(isLoopback: Bool)
        /// `isVerified`: the certificate was checked.
        case encrypted(isVerified: Bool, isLoopback: Bool)
    }

    package init(
        product: Product, version: String, transport: Transport, database: String = "", writePrivileges: [String] = []
    ) {
        self.product = product
        self.version = version
        self.transport = transport
        self.database = database
        self.writePrivileges = writePrivileges
    }

    /// The first two numbers of the version; nil if there are none.
    var release: (major: Int, minor: Int)? {
        let numbers = version.split { !$0.isASCII || !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
}
