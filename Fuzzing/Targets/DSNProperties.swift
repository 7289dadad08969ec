import Palantir

/// A DSN's error never holds a word of the password, wherever the password's own `/`, `@`, `?` and brackets stand.
enum DSNProperties {
    /// It looks like a parameter's name, so that no rule about letters hides it.
    private static let secret = "canarypassword"

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        func line(_ index: Int) -> String { lines.indices.contains(index) ? String(lines[index]) : "" }
        // The user's name ends at the first colon, as for go-sql-driver; what else it may hold is not the question.
        let user = line(0).filter { $0.isLetter || $0.isNumber }
        let text = "\(user):\(line(1))\(secret)\(line(2))@\(line(3))"
        // The fuzzer learns the word, and an error may hold it from where it is no part of the password.
        guard text.ranges(of: secret).count == 1 else { return }
        let dsn: MySQLDSN
        do throws(MySQLDSN.ParseError) {
            dsn = try MySQLDSN(text)
        } catch {
            try BrokenProperty.unless(!error.message.contains(secret), "the error tells the password: \(error.message)")
            return
        }
        if case .tcp(_, let port) = dsn.address {
            try BrokenProperty.unless((1...65_535).contains(port), "the port is \(port)")
        }
        let timeouts = [dsn.options.connectTimeout, dsn.options.readTimeout, dsn.options.writeTimeout]
        try BrokenProperty.unless(
            timeouts.allSatisfy { $0 > .zero && $0 <= .seconds(3_600) }, "a timeout that is none: \(timeouts)")
        try BrokenProperty.unless(
            ["utf8", "utf8mb4"].contains(dsn.options.characterSet), "charset \(dsn.options.characterSet)")
        let words = [dsn.options.collation ?? "", dsn.options.timeZone]
        try BrokenProperty.unless(
            words.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"'\"`;\\".utf8.contains($0) } },
            "words that would end a statement: \(words)")
    }
}
