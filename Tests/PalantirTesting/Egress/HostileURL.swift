/// An address that somebody who writes tags, or answers with redirects, may try: none may be connected to.
package struct HostileURL: Sendable, CustomStringConvertible {
    package let text: String
    /// Whether its text alone shows that it is not allowed, or only what its host resolves to.
    package let isPlain: Bool

    package var description: String { text }

    private init(_ text: String, isPlain: Bool = true) {
        self.text = text
        self.isPlain = isPlain
    }

    /// Every one of them, for a canary that listens on a port of the loopback addresses, where neither that port nor any
    /// name is allowed, but some network at every port is.
    package static func all(canary port: Int) -> [HostileURL] {
        metadata + loopback(port) + confusing(port) + schemes(port)
    }

    /// Where clouds tell a machine its credentials, in every spelling.
    package static let metadata =
        [
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://169.254.169.254:80/",
            "http://2852039166/latest/meta-data/", "http://0xa9fea9fe/", "http://0xA9.0xFE.0xA9.0xFE/",
            "http://0251.0376.0251.0376/", "http://169.254.43518/", "http://169.16689662/", "http://169.254.0xa9fe/",
            "http://169.254.169.254./", "http://169.254.169.0376/",
            "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/", "http://[0:0:0:0:0:FFFF:A9FE:A9FE]/",
            "http://[::169.254.169.254]/", "http://[64:ff9b::169.254.169.254]/", "http://[64:ff9b:1::a9fe:a9fe]/",
            "http://[2002:a9fe:a9fe::]/", "http://[::ffff:0:169.254.169.254]/", "http://[2001:0:0:0:0:0:5601:5601]/",
            "http://[fe80::1]/", "http://[fe80::a9fe:a9fe%25lo]/", "http://[fd00:ec2::254]/latest/meta-data/",
            "http://[fd20:ce::254]/computeMetadata/v1/", "http://100.100.100.200/latest/meta-data/",
            "http://168.63.129.16/machine?comp=goalstate", "http://192.0.0.192/latest/",
            "http://169.254.170.2/v2/credentials", "https://169.254.169.254/",
            "http://\u{FF11}\u{FF16}\u{FF19}.254.169.254/", "http://\u{2460}\u{2465}\u{2468}.254.169.254/",
            "http://169\u{3002}254\u{3002}169\u{3002}254/", "http://%31%36%39.254.169.254/",
        ].map { HostileURL($0) }

    private static func loopback(_ port: Int) -> [HostileURL] {
        [
            "http://127.0.0.1:\(port)/", "http://127.1:\(port)/", "http://2130706433:\(port)/",
            "http://0x7f000001:\(port)/", "http://017700000001:\(port)/", "http://0177.0.0.1:\(port)/",
            "http://127.0.0.2:\(port)/", "http://0:\(port)/", "http://0.0.0.0:\(port)/", "http://[::]:\(port)/",
            "http://[::1]:\(port)/", "http://[0:0:0:0:0:0:0:1]:\(port)/", "http://[::ffff:127.0.0.1]:\(port)/",
            "http://[::ffff:7f00:1]:\(port)/", "http://[::127.0.0.1]:\(port)/", "http://[64:ff9b::7f00:1]:\(port)/",
            "http://[2002:7f00:1::]:\(port)/", "http://localhost.:\(port)/", "http://255.255.255.255:\(port)/",
            "http://224.0.0.1:\(port)/", "http://[ff02::1]:\(port)/", "http://127.0.0.1.:\(port)/",
        ].map { HostileURL($0) } + [
            HostileURL("http://localhost:\(port)/", isPlain: false),
            HostileURL("HTTP://LOCALHOST:\(port)/predict?x=1", isPlain: false),
        ]
    }

    /// What two parsers read differently.
    private static func confusing(_ port: Int) -> [HostileURL] {
        [
            "http://model.example@127.0.0.1:\(port)/", "http://127.0.0.1:\(port)@model.example/",
            "http://model.example%40127.0.0.1:\(port)/", "http://127.0.0.1:\(port)\\@model.example/",
            "http://127.0.0.1:\(port)#@model.example/", "http://model.example:80@127.0.0.1:\(port)/",
            "http://127.0.0.1:\(port) /", "http://127.0.0.1:\t\(port)/", "http://127.0.0.1\n:\(port)/",
            "http://127.0.0.1:\(port)/\r\nx-injected: 1", "http://127.0.0.1:+\(port)/", "http://127.0.0.1:0\(port)/",
            "http://127.0.0.1:\(port + 65_536)/", "http://127.0.0.1:0/", "http://[::1%25lo]:\(port)/",
            "http://[127.0.0.1]:\(port)/", "http://[::1]\(port)/", "http:/127.0.0.1:\(port)/",
            "http:127.0.0.1:\(port)/",
            "http:///127.0.0.1:\(port)/", "//127.0.0.1:\(port)/", "127.0.0.1:\(port)/",
            "http://127.0.0.1:\(port)\u{0}.model.example/", "http://127.0.0.1%00.model.example:\(port)/",
        ].map { HostileURL($0) }
    }

    private static func schemes(_ port: Int) -> [HostileURL] {
        [
            "file:///etc/passwd", "file://127.0.0.1:\(port)/etc/passwd", "gopher://127.0.0.1:\(port)/_GET",
            "ftp://127.0.0.1:\(port)/", "dict://127.0.0.1:\(port)/info", "ldap://127.0.0.1:\(port)/",
            "unix:///run/mysqld/mysqld.sock", "http+unix://%2Frun%2Fdocker.sock/", "jar:http://127.0.0.1:\(port)/!/",
            "data:application/json,{}", "ws://127.0.0.1:\(port)/", "javascript:alert(1)",
        ].map { HostileURL($0) }
    }
}
