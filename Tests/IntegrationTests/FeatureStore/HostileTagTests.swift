import PalantirTesting
import Testing

extension HubTests {
    @Suite("Hostile tags", .serialized)
    struct HostileTagTests {
        private static let tables = [
            "users; drop table x", "(select 1) t", "users` -- ", "users x", "a.b.c", "mysql.user", "us*rs",
            "users/**/union/**/select", "users' or '1'='1", "users\" or 1=1", "information_schema.tables",
            "performance_schema.threads", "sys.session", "`users`", "users\u{0}", "users\n-- x", "users#", "..",
            "users.",
            ".users", "users where sleep(9)", "users procedure analyse()", "users into outfile '/tmp/x'", "@@version",
            "load_file('/etc/passwd')", "users,mysql.user", "users natural join mysql.user", "MYSQL.USER",
            "\u{FF55}sers; drop", "%", "_", String(repeating: "u", count: 100),
        ]
        private static let columns = [
            "id; drop table x", "id` = 1 or `id", "id) or (1=1", "id -- ", "id/**/", "*", "1", "id'", "id\"",
            "@@version",
            "sleep(9)", "(select password from mysql.user)", "id as x", "id,age", "users.id", "id\u{0}", "id\nor 1",
            "id#",
            "id or 1=1", "null", "`id`", "i*", "%", "version()", "load_file(0x2f6574632f706173737764)", "id desc",
            "id limit 1", "id into @x", "no_such_column", String(repeating: "i", count: 100),
        ]
        /// What no statement of ours holds, and one of the above would bring.
        private static let traces = [
            "drop", "union", "sleep", "outfile", "load_file", "@@version", "--", "/*", "procedure", "natural",
            "password",
            " or ", "mysql.user", "mysql`.`user", "version()", "limit 1", "no_such_column`", "desc", "@x",
        ]

        @Test("None reaches SQL: the database's general log shows the hub's own statements only")
        func generalLog() async throws {
            try await HubFixture.fillUsers()
            let database = try Servers.mariaDB()
            try await HubFixture.with { fixture in
                let good = HubFixture.name()
                try await fixture.register(good)
                let hostile =
                    Self.tables.map { ["feature_store": $0] } + Self.columns.map { ["entity_key": $0] }
                    + Self.columns.map { ["feature_timestamp": $0] }
                #expect(hostile.count >= 30)
                var names: [String] = []
                for tags in hostile {
                    names.append(HubFixture.name())
                    // MLflow itself takes no NUL in a tag.
                    do {
                        try await fixture.register(names[names.count - 1], tags: tags)
                    } catch {
                        #expect(tags.values.contains { $0.contains("\0") }, "\(error)")
                        names.removeLast()
                    }
                }
                try await database.execute("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1")
                try await database.execute("TRUNCATE mysql.general_log")
                for name in names {
                    let answer = try await fixture.hub.predict(name, "42")
                    #expect(answer.code == "MODEL_MISCONFIGURED", "\(answer.body)")
                    #expect(answer.status == 500)
                    _ = try await fixture.hub.get("/models/\(name)/features/42")
                    _ = try await fixture.hub.get("/models/\(name)")
                }
                #expect(try await fixture.hub.predict(good, "42").status == 200)
                let log = try await database.execute(
                    "SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE argument NOT LIKE '%general_log%'"
                )
                try await database.execute("SET GLOBAL general_log = 0")
                let statements = log.lowercased()
                #expect(statements.contains("`users`"), "\(log)")
                for trace in Self.traces { #expect(!statements.contains(trace), "\(trace): \(log)") }
            }
        }
    }
}
