import Palantir

/// What `palantir serve --help` says of the settings: all of them, from the one table.
enum SettingsHelp {
    static var text: String {
        let settings = Settings.catalog.map { setting in
            let range = setting.range.isEmpty ? "" : "; \(setting.range)"
            return "\(setting.name)  (\(setting.type); default: \(setting.fallback)\(range))\n    \(setting.summary)"
        }
        return """
            Examples:
              palantir serve --mlflow-uri http://127.0.0.1:5000
              MYSQL_DSN='user:password@tcp(127.0.0.1:3306)/features' palantir serve --port 8080
              palantir serve --env-file /etc/palantir.env

            Settings come from flags, the environment and a .env file, in that order. Secrets have no flag, since a \
            command line is visible to everyone on the machine.

            \(settings.joined(separator: "\n"))
            """
    }
}
