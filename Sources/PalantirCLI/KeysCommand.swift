import ArgumentParser
import Configuration
import Foundation
import Palantir

/// `palantir keys create NAME`, `palantir keys list`, `palantir keys revoke NAME`
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list and revoke the API keys that a hub takes.",
        discussion: """
            Examples:
              palantir keys create shop --model 'churn*'                  may predict with these models
              palantir keys create grafana --scope admin                  may read /metrics
              palantir keys create batch --scope predict --scope models --entities-per-second 50000 --expires 90d
              palantir keys list
              palantir keys revoke shop                                   dead within a second, without a restart

            The file holds no secrets, only their SHA-256. Give it to the hub as PALANTIR_KEYS_FILE.
            """,
        subcommands: [Create.self, List.self, Revoke.self])
}

/// Which file of keys.
struct KeysFileOptions: ParsableArguments {
    @Option(help: "The keys file; default: PALANTIR_KEYS_FILE.") var file: String?
    @Flag(help: "Print the result as JSON.") var json = false

    /// As `serve` finds it.
    func keysFile() async throws -> APIKeyFile {
        let setting = Setting<String>.keysFile.description
        let reader = try await SettingsSources(flags: file.map { [setting.name: $0] } ?? [:], envFile: nil).reader
        let path = reader.string(forKey: ConfigKey(setting.key)) ?? ""
        guard !path.isEmpty else {
            throw ValidationError("No keys file is named; set PALANTIR_KEYS_FILE, or give --file.")
        }
        return APIKeyFile(path: path)
    }
}

extension KeysCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key; its secret is shown once, and never again.",
            discussion: """
                Examples:
                  palantir keys create shop --model 'churn*' --file keys.json
                  palantir keys create grafana --scope admin --expires 90d
                """)

        @Argument(help: "What the key is called in lists and logs: letters, digits, -, _ and .") var name: String
        @Option(name: .customLong("scope"), help: "What it may do, several times: \(Scope.names).")
        var scopes: [String] = ["predict"]
        @Option(name: .customLong("model"), help: "Names of models that it may use, several times, with * and ?.")
        var models: [String] = ["*"]
        @Option(help: "How many requests a second; default: PALANTIR_RATE_REQUESTS.") var requestsPerSecond: Int?
        @Option(help: "How many entities a second; default: PALANTIR_RATE_ENTITIES.") var entitiesPerSecond: Int?
        @Option(help: "When it ends: a date such as 2027-01-31, or a time from now such as 90d or 12h; default: never.")
        var expires: String?
        @OptionGroup var options: KeysFileOptions

        func run() async throws {
            let file = try await options.keysFile()
            let secret = APIKeySecret()
            let key = APIKey(
                name: name, digest: Array(APIKeySecret.digest(of: secret.text)), scopes: Set(try parsedScopes()),
                models: ModelPatterns(models), requestsPerSecond: requestsPerSecond,
                entitiesPerSecond: entitiesPerSecond, created: Date(), expires: try parsedExpiry())
            try KeysCommand.change(file) { keys in
                guard !keys.contains(where: { $0.name == name }) else {
                    throw Failure(
                        exitCode: .failure,
                        "There is a key \(name) already; revoke it first, or give the new one another name.")
                }
                keys.append(key)
            }
            if options.json {
                print(try KeysCommand.json(Created(name: name, secret: secret.text, file: file.path)))
            } else {
                print(secret.text)
                FileHandle.standardError.write(
                    Data(
                        """
                        The secret of the key \(name), shown this once; send it as `authorization: Bearer …` or `x-api-key: …`.
                        Written to \(file.path); a hub with PALANTIR_KEYS_FILE=\(file.path) takes it within a second.

                        """.utf8))
            }
        }

        func validate() throws {
            guard APIKey.isName(name) else {
                throw ValidationError("A key's name is 1 to 64 letters, digits, -, _ and . of ASCII.")
            }
            guard [requestsPerSecond, entitiesPerSecond].allSatisfy({ $0.map { $0 > 0 } ?? true }) else {
                throw ValidationError("A rate is a number from 1; leave the option out for no rate of the key's own.")
            }
            _ = try parsedScopes()
            _ = try parsedExpiry()
        }

        private func parsedScopes() throws -> [Scope] {
            try scopes.map { text in
                guard let scope = Scope(rawValue: text) else {
                    throw ValidationError("--scope is \(text.debugDescription); one of \(Scope.names) is expected.")
                }
                return scope
            }
        }

        private func parsedExpiry() throws -> Date? {
            guard let expires else { return nil }
            guard let date = KeysCommand.date(expires, from: Date()), date > Date() else {
                throw ValidationError(
                    "--expires is \(expires.debugDescription); a date to come such as 2027-01-31, or 90d or 12h, is "
                        + "expected.")
            }
            return date
        }

        private struct Created: Encodable {
            let name: String
            let secret: String
            let file: String
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the keys, without their secrets.",
            discussion: """
                Examples:
                  palantir keys list --file keys.json
                  palantir keys list --json
                """)

        @OptionGroup var options: KeysFileOptions

        func run() async throws {
            let file = try await options.keysFile()
            let keys: [APIKey]
            do throws(APIKeyFile.Problem) {
                keys = try file.load()
            } catch {
                throw Failure(
                    exitCode: .failure, error.description.prefix(1).uppercased() + error.description.dropFirst())
            }
            print(options.json ? try KeysCommand.json(["keys": keys]) : KeysCommand.table(keys))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key void; hubs that use the file know within a second.",
            discussion: """
                Examples:
                  palantir keys revoke shop
                """)

        @Argument(help: "The key's name.") var name: String
        @OptionGroup var options: KeysFileOptions

        func run() async throws {
            try KeysCommand.change(try await options.keysFile()) { keys in
                guard keys.contains(where: { $0.name == name }) else {
                    throw Failure(
                        exitCode: .failure, "There is no key \(name); `palantir keys list` shows which there are.")
                }
                keys.removeAll { $0.name == name }
            }
            print(options.json ? try KeysCommand.json(["revoked": name]) : "The key \(name) is revoked.")
        }
    }

    private static func change(_ file: APIKeyFile, _ body: (inout [APIKey]) throws -> Void) throws {
        do {
            try file.update(body)
        } catch let problem as APIKeyFile.Problem {
            throw Failure(exitCode: .failure, "\(problem)")
        }
    }

    private static func table(_ keys: [APIKey]) -> String {
        guard !keys.isEmpty else { return "There are no keys; palantir keys create NAME makes one." }
        let now = Date()
        var table = TextTable(["NAME", "SCOPES", "MODELS", "REQUESTS/S", "ENTITIES/S", "CREATED", "EXPIRES"])
        for key in keys {
            let expires = key.expires.map { $0.ISO8601Format() + (key.hasExpired(at: now) ? " (expired)" : "") }
            table.add([
                key.name, Scope.allCases.filter(key.scopes.contains).map(\.rawValue).joined(separator: ","),
                key.models.patterns.joined(separator: ","), key.requestsPerSecond.map(String.init) ?? "-",
                key.entitiesPerSecond.map(String.init) ?? "-", key.created.ISO8601Format(), expires ?? "never",
            ])
        }
        return table.text(on: .output)
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// `2027-01-31` (its first moment in UTC), `2027-01-31T12:00:00Z`, or a time from now: `90d`, `12h`, `30m`.
    static func date(_ text: String, from now: Date) -> Date? {
        if let count = Int(text.dropLast()), count > 0, let unit = ["d": 86_400, "h": 3_600, "m": 60][text.suffix(1)] {
            return now.addingTimeInterval(Double(count) * Double(unit))
        }
        return try? Date(text.contains("T") ? text : text + "T00:00:00Z", strategy: .iso8601)
    }
}
