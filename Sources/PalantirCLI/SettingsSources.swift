import Configuration
import Foundation
import Palantir
import SystemPackage

/// Where settings come from, the first that has one wins: flags, environment, `.env` file.
struct SettingsSources {
    let reader: ConfigReader
    /// Every name that is set in the environment or the file.
    let names: [String]

    /// - Parameters:
    ///   - flags: by the setting's name.
    ///   - envFile: may be missing if it is the default `.env`.
    /// - Throws: `SettingsError` if the file was named and cannot be read.
    init(flags: [String: String], envFile: String?) async throws {
        let environment = ProcessInfo.processInfo.environment
        let path = envFile ?? ".env"
        if envFile != nil, !FileManager.default.isReadableFile(atPath: path) {
            throw SettingsError(problems: ["--env-file is \(path.debugDescription), which cannot be read."])
        }
        let values = flags.map { name, value in
            (
                AbsoluteConfigKey(name.lowercased().split(separator: "_").map(String.init)),
                ConfigValue(.string(value), isSecret: false)
            )
        }
        reader = ConfigReader(providers: [
            InMemoryProvider(name: "flags", values: Dictionary(uniqueKeysWithValues: values)),
            EnvironmentVariablesProvider(environmentVariables: environment),
            try await EnvironmentVariablesProvider(environmentFilePath: .init(path), allowMissing: true),
        ])
        names = environment.keys + Self.names(inFile: path)
    }

    /// The names in a `.env` file; the provider tells values by name only.
    private static func names(inFile path: String) -> [String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            return String(line[..<equals].trimmingSpaces)
        }
    }
}
