import ArgumentParser
import NIOHTTP1
import Palantir

/// `palantir deployments [NAME]`, `palantir deployments restart NAME`, `palantir deployments logs NAME`
struct DeploymentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployments",
        abstract: "Show the models that a running hub runs itself, restart one, or read its log.",
        discussion: """
            Examples:
              palantir deployments                  all of them
              palantir deployments churn            all that is known of one
              palantir deployments restart churn    another process takes over
              palantir deployments logs churn -f    what its process writes, until Ctrl-C
            """,
        subcommands: [Show.self, Restart.self, Logs.self], defaultSubcommand: Show.self)
}

extension DeploymentsCommand {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List them, or tell all that is known of one.",
            discussion: """
                Examples:
                  palantir deployments
                  palantir deployments churn --json
                """)

        @Argument(help: "A registered model's name.", completion: ModelNames.completion) var name: String?
        @OptionGroup var hub: HubOptions

        func run() async throws {
            let path = name.map { "/deployments/\(HubClient.encoded($0))" } ?? "/deployments"
            let answer = try await HubClient(options: hub).send(.GET, path)
            if hub.json {
                print(answer.text)
            } else if name == nil {
                print(DeploymentsCommand.list(answer["deployments"]?.elements ?? []))
            } else {
                print(try DeploymentsCommand.details(answer))
            }
        }
    }

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start one anew; the old process answers until the new one does, but not on Ray.",
            discussion: """
                Examples:
                  palantir deployments restart churn
                """)

        @Argument(help: "A registered model's name.", completion: ModelNames.completion) var name: String
        @OptionGroup var hub: HubOptions

        func run() async throws {
            let path = "/deployments/\(HubClient.encoded(name))/restart"
            let answer = try await HubClient(options: hub).send(.POST, path)
            print(hub.json ? answer.text : "\(name) is started anew; see: palantir deployments \(name)")
        }
    }

    struct Logs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what one's process wrote last.",
            discussion: """
                Examples:
                  palantir deployments logs churn
                  palantir deployments logs churn --follow
                """)

        @Argument(help: "A registered model's name.", completion: ModelNames.completion) var name: String
        @Flag(name: [.short, .long], help: "Go on as it writes, until Ctrl-C.") var follow = false
        @OptionGroup var hub: HubOptions

        func run() async throws {
            let path = "/deployments/\(HubClient.encoded(name))/log"
            var last: String?
            while true {
                let answer = try await HubClient(options: hub).send(.GET, path)
                let lines = answer["lines"]?.elements.map(\.display) ?? []
                // From the end, so that a line that is written twice is shown twice.
                let known = last.flatMap { last in lines.lastIndex(of: last) }.map { $0 + 1 } ?? 0
                for line in lines[known...] { print(line) }
                last = lines.last
                guard follow else { return }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private static func list(_ deployments: [JSONText]) -> String {
        guard !deployments.isEmpty else {
            return "The hub runs no model itself; PALANTIR_AUTODEPLOY and the tag autodeploy say which it does."
        }
        var table = TextTable(["MODEL", "VERSION", "STATE", "TARGET", "RESTARTS", "LAST ERROR"])
        for deployment in deployments {
            func cell(_ name: String) -> TextTable.Cell { .init(deployment[name]?.display ?? "") }
            let state = deployment["state"]?.display ?? ""
            let style: Terminal.Style = state == "ready" ? .green : state == "failed" ? .red : .yellow
            let reason = TextTable.Cell(deployment["last_error"]?["reason"]?.display ?? "-")
            table.add([
                cell("model"), cell("version"), TextTable.Cell(state, style), cell("target"), cell("restarts"), reason,
            ])
        }
        return table.text(on: .output)
    }

    private static func details(_ deployment: JSONText) throws -> String {
        var facts = TextTable(["FACT", "VALUE"])
        for (name, value) in try deployment.members() where name != "log" { facts.add([name, value.display]) }
        let log = deployment["log"]?.elements.map(\.display) ?? []
        return facts.text(on: .output) + (log.isEmpty ? "" : "\n\n" + log.joined(separator: "\n"))
    }
}
