/// Lines of text, read piece by piece; they end with LF or CR LF, and a byte order mark is left out.
struct LineReader {
    struct Line: Hashable {
        let number: Int
        let bytes: [UInt8]
    }

    private var rest: [UInt8] = []
    private var number = 0

    /// - Returns: the lines that are whole by now, without blank ones.
    mutating func read(_ bytes: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        while pieces.count > 1, let piece = pieces.popFirst() {
            if let line = line(rest + piece) { lines.append(line) }
            rest = []
        }
        rest += pieces.first ?? []
        return lines
    }

    /// - Returns: the last line, where nothing ends it.
    mutating func finish() -> Line? {
        defer { rest = [] }
        return line(rest)
    }

    private mutating func line(_ whole: [UInt8]) -> Line? {
        number += 1
        var bytes = whole[...]
        if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
        return bytes.isEmpty ? nil : Line(number: number, bytes: Array(bytes))
    }
}
