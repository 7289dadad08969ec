import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("The command line at a terminal", .serialized)
    struct TerminalTests {
        private static let escape = "\u{1B}["

        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("A bar tells how far it is, is gone at the end, and stands on standard error alone")
        func bar() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                let environment = ["PALANTIR_URL": fixture.hub.url]
                let command = "'\(Place.palantir)' predict \(name) 1 2 42 --chunk-size 1 --csv > \(folder)/out"
                let run = try await PseudoTerminal.run(["/bin/sh", "-c", command], environment: environment)
                #expect(run.exitCode == 0, "\(run.output)")
                #expect(run.output.contains("[########----------------]  33%  1 of 3 ids"), "\(run.output)")
                #expect(run.output.hasSuffix("\r\(Self.escape)K"), "the line is cleared")
                let out = try String(contentsOfFile: folder + "/out", encoding: .utf8)
                #expect(out.split(separator: "\n").count == 4)
                #expect(!out.contains("\u{1B}"))
                let dumb = try await PseudoTerminal.run(
                    ["/bin/sh", "-c", command], environment: environment.merging(["TERM": "dumb"]) { _, new in new })
                #expect(dumb.output.isEmpty, "\(dumb.output)")
            }
        }

        @Test("Colours are for terminals, and not for those who set NO_COLOR")
        func colours() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                // The list is looked at every few seconds.
                try await eventually(within: .seconds(20)) { try await fixture.hub.get("/models").body.contains(name) }
                let environment = ["PALANTIR_URL": fixture.hub.url]
                let coloured = try await PseudoTerminal.run([Place.palantir, "models"], environment: environment)
                #expect(coloured.output.contains("\(Self.escape)1mNAME\(Self.escape)0m"), "\(coloured.output)")
                #expect(coloured.output.contains("\(Self.escape)32myes\(Self.escape)0m"))
                let plain = try await PseudoTerminal.run(
                    [Place.palantir, "models"], environment: environment.merging(["NO_COLOR": "1"]) { _, new in new })
                #expect(plain.output.contains(name))
                #expect(!plain.output.contains("\u{1B}"))
                let piped = try await CommandLineTool([Place.palantir, "models"], environment: environment)
                #expect(piped.output.contains(name))
                #expect(!piped.output.contains("\u{1B}"))
                let failed = try await PseudoTerminal.run(
                    [Place.palantir, "predict", "nobody", "1"], environment: environment)
                #expect(failed.exitCode == 1)
                #expect(failed.output.contains("\(Self.escape)31mError:\(Self.escape)0m No model"))
            }
        }

        @Test("Bash takes the completions, and completes commands, options and the hub's models")
        func completions() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                try await eventually { try await fixture.hub.get("/models/\(name)").status == 200 }
                let complete = #"""
                    set -e
                    PATH="$(dirname "$P"):$PATH"
                    source <("$P" --generate-completion-script bash)
                    complete -p palantir
                    words() {
                        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
                        COMP_TYPE=9; COMPREPLY=()
                        _palantir palantir "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" || true
                        echo "${COMPREPLY[@]}"
                    }
                    words palantir pred
                    words palantir predict --chu
                    words palantir predict NAME
                    """#.replacing("NAME", with: String(name.prefix(6)))
                let run = try await CommandLineTool(
                    ["/bin/bash", "-c", complete], environment: ["P": Place.palantir, "PALANTIR_URL": fixture.hub.url])
                let lines = run.output.split(separator: "\n").map(String.init)
                #expect(lines.first?.contains("_palantir") == true, "\(run.output)")
                #expect(lines.contains("predict"), "\(run.output)")
                #expect(lines.contains("--chunk-size"), "\(run.output)")
                #expect(lines.contains { $0.split(separator: " ").contains { $0 == name } }, "\(run.output)")
            }
            for shell in ["zsh", "fish"] {
                let script = try await CommandLineTool([Place.palantir, "--generate-completion-script", shell])
                #expect(script.exitCode == 0)
                #expect(script.output.contains("predict") && script.output.contains("palantir models --quiet"))
            }
        }

        @Test(
            "Every command's help has examples",
            arguments: [
                [], ["serve"], ["predict"], ["models"], ["features"], ["deployments"], ["deployments", "show"],
                ["deployments", "restart"], ["deployments", "logs"], ["keys"], ["keys", "create"], ["keys", "list"],
                ["keys", "revoke"], ["setup"], ["setup", "python"], ["version"],
            ])
        func help(_ command: [String]) async throws {
            let help = try await CommandLineTool([Place.palantir] + command + ["--help"])
            #expect(help.exitCode == 0)
            #expect(help.output.contains("Examples:\n"), "\(help.output.prefix(500))")
            #expect(help.output.contains("  palantir \((command.first ?? "models"))"), "\(help.output.prefix(900))")
        }

        @Test("The version, for people and for programs")
        func version() async throws {
            let text = try await CommandLineTool([Place.palantir, "version"])
            let json = try await CommandLineTool([Place.palantir, "version", "--json"])
            let flag = try await CommandLineTool([Place.palantir, "--version"])
            #expect(text.output == flag.output)
            #expect(json.output == "{\"version\":\"\(text.output.dropLast())\"}\n")
        }
    }
}
