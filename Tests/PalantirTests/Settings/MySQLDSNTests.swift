import Palantir
import Testing

@Suite("MySQL DSNs, as go-sql-driver reads them")
struct MySQLDSNTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let dsn: String
        let user: String
        let password: String
        let address: MySQLDSN.Address
        let database: String

        init(_ dsn: String, _ user: String, _ password: String, _ address: MySQLDSN.Address, _ database: String) {
            (self.dsn, self.user, self.password, self.address, self.database) = (dsn, user, password, address, database)
        }

        var testDescription: String { dsn }
    }

    private static let local = MySQLDSN.Address.tcp(host: "127.0.0.1", port: 3306)

    @Test(
        "Valid DSNs",
        arguments: [
            Case("user:pass@tcp(db:3307)/shop", "user", "pass", .tcp(host: "db", port: 3307), "shop"),
            Case("user@tcp(db)/shop", "user", "", .tcp(host: "db", port: 3306), "shop"),
            Case("user:@tcp(db)/shop", "user", "", .tcp(host: "db", port: 3306), "shop"),
            Case("/shop", "", "", local, "shop"), Case("/", "", "", local, ""),
            Case("user@/shop", "user", "", local, "shop"), Case("user:pass@/shop", "user", "pass", local, "shop"),
            Case("user:pass@tcp/shop", "user", "pass", local, "shop"),
            Case("user:pass@tcp()/shop", "user", "pass", local, "shop"),
            Case("user:p@ss@tcp(db)/shop", "user", "p@ss", .tcp(host: "db", port: 3306), "shop"),
            Case("user:p:ss@tcp(db)/shop", "user", "p:ss", .tcp(host: "db", port: 3306), "shop"),
            Case("user:p/ss@tcp(db)/shop", "user", "p/ss", .tcp(host: "db", port: 3306), "shop"),
            Case("user:p%41ss@tcp(db)/shop", "user", "p%41ss", .tcp(host: "db", port: 3306), "shop"),
            Case("user:p(a)s@tcp(db)/shop", "user", "p(a)s", .tcp(host: "db", port: 3306), "shop"),
            Case("user:p?a=b@tcp(db)/shop", "user", "p?a=b", .tcp(host: "db", port: 3306), "shop"),
            Case("u:p@tcp([::1]:3307)/d", "u", "p", .tcp(host: "::1", port: 3307), "d"),
            Case("u:p@tcp([de:ad:be:ef::ca:fe])/d", "u", "p", .tcp(host: "de:ad:be:ef::ca:fe", port: 3306), "d"),
            Case("u:p@unix(/run/mysqld/mysqld.sock)/d", "u", "p", .unix(path: "/run/mysqld/mysqld.sock"), "d"),
            Case("u@unix()/d", "u", "", .unix(path: "/tmp/mysql.sock"), "d"),
            Case("u@tcp(db)/my%2Fdb", "u", "", .tcp(host: "db", port: 3306), "my/db"),
            Case("u@tcp(db)/d?parseTime=true&loc=UTC", "u", "", .tcp(host: "db", port: 3306), "d"),
        ])
    func valid(_ expected: Case) throws {
        let dsn = try MySQLDSN(expected.dsn)
        #expect(dsn.user == expected.user)
        #expect(dsn.password == expected.password)
        #expect(dsn.address == expected.address)
        #expect(dsn.database == expected.database)
    }

    @Test(
        "Wrong DSNs are told without their password",
        arguments: [
            ("", "slash"), ("user:s3cret@tcp(db)", "slash"), ("user:s3cret@tcp(db/shop", "bracket"),
            ("user:s3cret@udp(db)/shop", "network"), ("user:s3cret@tcp(db:0)/shop", "port"),
            ("user:s3cret@tcp(db:x)/shop", "port"), ("user:s3cret@tcp(db:70000)/shop", "port"),
            ("user:s3cret@tcp(::1)/shop", "square brackets"), ("user:s3cret@tcp([::1/shop", "bracket"),
            ("u:s3cret@/d?unknown=1", "unknown"), ("u:s3cret@/d?tls=maybe", "tls"), ("u:s3cret@/d?tls", "tls"),
            ("u:s3cret@/d?timeout=5", "timeout"), ("u:s3cret@/d?timeout=-5s", "timeout"),
            ("u:s3cret@/d?readTimeout=2h", "readTimeout"), ("u:s3cret@/d?charset=latin1", "charset"),
            ("u:s3cret@/d?collation=x'y", "collation"), ("u:s3cret@/d?collation=latin1_bin", "collation"),
            ("u:s3cret@/d?loc='", "loc"), ("u:s3cret@/d%zz", "escape"), ("u:s3cret@/d?loc=%zz", "loc"),
            // Slips that make other parts of the password.
            ("user:s3cret/shop", "network"), ("user:s3cret(db)/shop", "network"), ("user:pa@s3cret/shop", "network"),
            ("user:pa/ss?s3cret=1@tcp(db)", "network"), ("user:pa/ss?s3cret@tcp(db)", "network"),
            ("user:pa@tcp/ss?s3cret=1@tcp(db)", "slash"), ("user:pa@tcp/ss?s3cret@\u{301}", "slash"),
        ])
    func wrong(_ text: String, _ named: String) {
        let error = #expect(throws: MySQLDSN.ParseError.self) { try MySQLDSN(text) }
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("s3cret") == false)
    }

    @Test("Parameters are honoured")
    func parameters() throws {
        let dsn = try MySQLDSN(
            "u@/d?tls=skip-verify&timeout=500ms&readTimeout=1m30s&charset=latin1,utf8&collation=utf8_bin&loc=America%2FSao_Paulo"
        )
        #expect(dsn.options.tls == .unverified)
        #expect(dsn.options.connectTimeout == .milliseconds(500))
        #expect(dsn.options.readTimeout == .seconds(90))
        #expect(dsn.options.characterSet == "utf8")
        #expect(dsn.options.collation == "utf8_bin")
        #expect(dsn.options.timeZone == "America/Sao_Paulo")
    }

    @Test(
        "Feature stores by address",
        arguments: [
            ("sqlite:///a/b.sqlite", FeatureStoreLocation.sqlite(path: "a/b.sqlite")),
            ("sqlite:////a/b.sqlite", .sqlite(path: "/a/b.sqlite")), ("sqlite://", nil), ("sqlite:///", nil),
            ("sqlite:x", nil), ("postgres://h/d", nil), ("mysql://", nil), ("mysql://h/a/b", nil),
            ("mysql://u:p%40s@h:3307/d?tls=true", try? .mysql(MySQLDSN("u:p@s@tcp(h:3307)/d?tls=true"))),
            ("mysql://h/d", try? .mysql(MySQLDSN("tcp(h)/d"))),
            ("mysql://[::1]:33/d", try? .mysql(MySQLDSN("tcp([::1]:33)/d"))),
            ("mysql://h/d?unknown=1", nil),
        ])
    func addresses(_ text: String, _ expected: FeatureStoreLocation?) {
        #expect(FeatureStoreLocation(url: text) == expected)
    }
}
