import Foundation

extension FeatureStoreLocation {
    /// `sqlite:///relative/path` and `sqlite:////absolute/path`, as SQLAlchemy and so MLflow read them, or
    /// `mysql://user:password@host:port/database?tls=true` with percent-encoded parts.
    package init?(url text: String) {
        if text.hasPrefix("sqlite://") {
            let path = text.dropFirst("sqlite://".count)
            guard path.hasPrefix("/"), path.count > 1 else { return nil }
            self = .sqlite(path: String(path.dropFirst()))
            return
        }
        guard let parts = URLComponents(string: text), let scheme = parts.scheme,
            ["mysql", "mariadb"].contains(scheme), let host = parts.host, !host.isEmpty,
            parts.path.hasPrefix("/"), !parts.path.dropFirst().contains("/")
        else { return nil }
        let pairs = parts.queryItems?.map { ($0.name, $0.value ?? "") } ?? []
        let dsn = try? MySQLDSN(
            user: parts.user ?? "", password: parts.password ?? "",
            address: .tcp(host: host.filter { $0 != "[" && $0 != "]" }, port: parts.port ?? 3306),
            database: String(parts.path.dropFirst()), parameters: pairs)
        guard let dsn else { return nil }
        self = .mysql(dsn)
    }
}
