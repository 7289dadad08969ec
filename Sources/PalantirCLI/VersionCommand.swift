import ArgumentParser
import Palantir

/// `palantir version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Tell which Palantir this is.",
        discussion: """
            Examples:
              palantir version
              palantir version --json
            """)

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        print(json ? "{\"version\":\"\(PalantirVersion.current)\"}" : PalantirVersion.current)
    }
}
