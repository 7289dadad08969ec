import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Predictions of many ids at the command line", .serialized)
    struct BatchCommandTests {
        private static let count = 2_500

        init() async throws {
            let rows = (1...Self.count).map { "('n\($0)', \($0 % 90))" }.joined(separator: ",")
            try await Servers.mariaDB().execute(
                """
                CREATE TABLE IF NOT EXISTS many (id VARCHAR(100) PRIMARY KEY, age INT);
                REPLACE INTO many VALUES \(rows), ('a,b "c"', 1), ('é', 2);
                """)
        }

        /// A hub that knows a model over that table, and a folder for files.
        private func with(
            at path: String = "/predict", _ body: (String, _ folder: String, [String: String]) async throws -> Void
        ) async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, at: path, tags: ["feature_store": "many"])
                try await body(name, folder, ["PALANTIR_URL": fixture.hub.url])
            }
        }

        /// Runs a line of shell, in which `$P` is the program.
        private func shell(_ line: String, _ environment: [String: String]) async throws -> CommandLineTool {
            try await CommandLineTool(
                ["/bin/sh", "-c", line], environment: environment.merging(["P": Place.palantir]) { _, new in new })
        }

        private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

        @Test("Ids come from standard input, go in chunks, and come out whole and in their order")
        func lines() async throws {
            try await with { name, folder, environment in
                let ids = (1...Self.count).map { "n\($0)" }.shuffled() + ["é"]
                try (ids.joined(separator: "\r\n")).write(toFile: folder + "/ids", atomically: true, encoding: .utf8)
                let run = try await shell(
                    "$P predict \(name) - --json --chunk-size 97 < \(folder)/ids > \(folder)/out", environment)
                #expect(run.exitCode == 0, "\(run.output)")
                // Nobody watches: no bar, no colour.
                #expect(run.output.isEmpty)
                let out = try text(folder + "/out").split(separator: "\n")
                let read = try out.map { line in
                    let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                    let row = (json?["predictions"] as? [String: Any])?["row"] as? [String: Any]
                    // The model sends back the row, so that a mix-up of entities cannot hide.
                    #expect(row?["id"] as? String == json?["id"] as? String)
                    return json?["id"] as? String
                }
                #expect(read == ids)
            }
        }

        @Test("A column of CSV, quoted and in any place, from a file and from standard input; CSV comes out")
        func csv() async throws {
            try await with(at: "/odd") { name, folder, environment in
                let file = folder + "/in.csv"
                try "name,customer id\r\n\"x, y\",n1\r\n\"two\nlines\",\"a,b \"\"c\"\"\"\r\nz,n2\r\n"
                    .write(toFile: file, atomically: true, encoding: .utf8)
                let expected = #"""
                    id,big,tiny,text,nothing,nested,esc,error
                    n1,12345678901234567890,1e-9,gold,,"{""a"":[1,{""b"":2.50}]}",é/,
                    "a,b ""c""",12345678901234567890,1e-9,gold,,"{""a"":[1,{""b"":2.50}]}",é/,
                    n2,12345678901234567890,1e-9,gold,,"{""a"":[1,{""b"":2.50}]}",é/,

                    """#
                for line in [
                    "$P predict \(name) --input \(file) --csv-column 'customer id' --csv",
                    "$P predict \(name) - --csv-column 'customer id' --csv --chunk-size 1 < \(file)",
                ] {
                    let run = try await shell(line, environment)
                    #expect(run.exitCode == 0)
                    #expect(run.output == expected, "\(run.output)")
                }
                let unknown = try await shell(
                    "$P predict \(name) --csv-column id < \(file)", environment)
                #expect(unknown.exitCode == 65)
                #expect(unknown.output.contains(#"its columns are "name", "customer id""#), "\(unknown.output)")
            }
        }

        @Test("Each id that failed is told, also where a whole chunk did, and the rest is answered")
        func failures() async throws {
            try await with { name, folder, environment in
                try "n1\nnobody1\nnobody2\nnobody3\nn2\n"
                    .write(toFile: folder + "/ids", atomically: true, encoding: .utf8)
                let json = try await shell(
                    "$P predict \(name) - --json --chunk-size 2 < \(folder)/ids 2> \(folder)/errors", environment)
                #expect(json.exitCode == 2)
                let lines = json.output.split(separator: "\n")
                #expect(lines.count == 5)
                for index in [1, 2, 3] {
                    #expect(lines[index].hasPrefix("{\"id\":\"nobody\(index)\",\"code\":\"ENTITY_NOT_FOUND\""))
                    #expect(lines[index].contains("\\\"nobody\(index)\\\""), "told of itself")
                }
                let errors = try text(folder + "/errors")
                #expect(errors.hasPrefix("Error: 3 of 5 ids failed:\n  nobody1: "), "\(errors)")
                let none = try await shell("$P predict \(name) nobody1 nobody2 --csv", environment)
                #expect(none.exitCode == 1)
                let head = try await shell(
                    "yes n1 | head -n 20000 | ($P predict \(name) - --json; echo $? >&2) | head -n 1", environment)
                #expect(head.output.hasSuffix("}\n141\n"), "\(head.output)")
                #expect(none.output.contains("nobody2,\"ENTITY_NOT_FOUND: "), "\(none.output)")
            }
        }

        @Test("An input that is not as it must be is told with its place, and what is asked wrongly with the way out")
        func wrong() async throws {
            try await with { name, folder, environment in
                for (content, arguments, code, told) in [
                    ("n1\n\(String(repeating: "x", count: 513))\n", "-", 65, "Line 2"),
                    ("id\n\"n1\n", "--csv-column id", 65, "a quote is never closed"),
                    ("", "--csv-column id", 65, "its first line must name the columns"),
                    ("n1\n", "- n2", 64, "not from both"), ("n1\n", "", 64, "give - to read them"),
                    ("n1\n", "--input /nowhere/ids", 66, "/nowhere/ids"),
                    ("n1\n", "- --json --csv", 64, "not both"), ("n1\n", "- --chunk-size 0", 64, "--chunk-size"),
                ] {
                    try content.write(toFile: folder + "/ids", atomically: true, encoding: .utf8)
                    let run = try await shell("$P predict \(name) \(arguments) < \(folder)/ids", environment)
                    #expect(run.exitCode == Int32(code), "\(arguments): \(run.output)")
                    #expect(run.output.contains(told), "\(arguments): \(run.output)")
                }
                let unknown = try await shell("$P predict nobody 1", environment)
                #expect(unknown.output.contains("`palantir models` lists"), "\(unknown.output)")
            }
        }

        @Test("Answers come while ids are still to come, and Ctrl-C ends it cleanly")
        func slowInput() async throws {
            try await with { name, folder, environment in
                // Ctrl-C reaches both sides of a pipe; an input that ended first would be an end of another kind.
                let input = "(trap '' INT; echo n1; sleep 15)"
                let process = try await ServerProcess(
                    ["/bin/sh", "-c", "\(input) | exec \(Place.palantir) predict \(name) - --json"],
                    environment: environment, log: folder + "/log")
                try await eventually(within: .seconds(20)) { process.output.contains("\"id\":\"n1\"") }
                #expect(process.isRunning)
                process.signalChildren(SIGINT)
                let code = await process.exitCode(within: .seconds(20))
                #expect(process.output.contains("Interrupted"), "\(code) \(process.output)")
            }
        }
    }
}
