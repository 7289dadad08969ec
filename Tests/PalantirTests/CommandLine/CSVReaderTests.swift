import Testing

@testable import PalantirCLI

@Suite("CSV as RFC 4180 has it")
struct CSVReaderTests {
    /// What a text reads as, given in pieces of some size.
    private static func read(_ text: String, pieces: Int) throws -> [CSVReader.Record] {
        var reader = CSVReader()
        var records: [CSVReader.Record] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            records += try reader.read(bytes[start..<min(start + pieces, bytes.count)])
        }
        if let last = try reader.finish() { records.append(last) }
        return records
    }

    private static func texts(_ records: [CSVReader.Record]) -> [[String]] {
        records.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
    }

    @Test(
        "Each text is read the same, however it is cut",
        arguments: [
            // The RFC's own examples, in its order.
            ("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
            ("aaa,bbb,ccc\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
            ("\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "bbb", "ccc"], ["zzz", "yyy", "xxx"]]),
            ("\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx", [["aaa", "b\r\nbb", "ccc"], ["zzz", "yyy", "xxx"]]),
            ("\"aaa\",\"b\"\"bb\",\"ccc\"", [["aaa", "b\"bb", "ccc"]]),
            // What else is about.
            ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]), ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
            ("\u{FEFF}id\n1\n", [["id"], ["1"]]), ("\u{FEFF}\"id\"\n1\n", [["id"], ["1"]]),
            ("id\n\n\r\n1\n\n", [["id"], ["1"]]), ("", []), ("\n", []), (",\n", [["", ""]]),
            ("\"\"\n", [[""]]), ("a,\n", [["a", ""]]), (",,", [["", "", ""]]), ("a, b ,c", [["a", " b ", "c"]]),
            ("\"a,b\",\"\"\"\",\"é\"", [["a,b", "\"", "é"]]), ("ï,ü\n", [["ï", "ü"]]),
        ] as [(String, [[String]])])
    func reading(_ text: String, _ expected: [[String]]) throws {
        for pieces in [1, 2, 3, 1_000] {
            #expect(
                Self.texts(try Self.read(text, pieces: pieces)) == expected, "\(text.debugDescription) by \(pieces)")
        }
    }

    @Test("A record tells the line that it begins on, whatever ends lines")
    func lines() throws {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["id,note", "1,\"two", "lines\"", "", "2,x", "3,y"].joined(separator: end)
            #expect(try Self.read(text, pieces: 1).map(\.line) == [1, 2, 5, 6], "\(end.debugDescription)")
        }
    }

    @Test(
        "What is not CSV is told with its line",
        arguments: [
            ("a\n\"b", 2, "never closed"), ("a\n\"b\"c\n", 2, "behind a closing quote"),
            ("a\nb\"c\n", 2, "inside a field"),
            ("a\n\"" + String(repeating: "x", count: 1 << 20) + "x\n", 2, "1048576 bytes"),
        ])
    func problems(_ text: String, _ line: Int, _ reason: String) {
        let problem = #expect(throws: CSVReader.Problem.self) { try Self.read(text, pieces: 4_096) }
        #expect(problem?.line == line)
        #expect(problem?.reason.contains(reason) == true)
    }

    @Test("Lines are read the same, however they are cut; blank ones are counted and left out")
    func lineReader() {
        let text = "\u{FEFF}a\r\n\n b \r\n\r\nc"
        for pieces in [1, 2, 5, 100] {
            var reader = LineReader()
            let bytes = Array(text.utf8)
            var lines: [LineReader.Line] = []
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                lines += reader.read(Array(bytes[start..<min(start + pieces, bytes.count)]))
            }
            if let last = reader.finish() { lines.append(last) }
            #expect(lines.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a", " b ", "c"])
            #expect(lines.map(\.number) == [1, 3, 5])
        }
    }
}
