/// Comma-separated values as RFC 4180 has them, read piece by piece so that a file may be larger than the memory.
///
/// Beyond the RFC a line may also end with LF or CR alone, blank lines are left out, and a byte order mark is too.
struct CSVReader {
    /// A record, with the line that it begins on.
    struct Record: Hashable {
        let line: Int
        let fields: [[UInt8]]
    }

    struct Problem: Error, Hashable {
        let line: Int
        let reason: String
    }

    private enum State {
        case fieldStart
        case plain
        case quoted
        /// A quote inside quotes: the first of two, or the last.
        case quoteInQuoted
    }

    private var state = State.fieldStart
    private var field: [UInt8] = []
    private var fields: [[UInt8]] = []
    private var line = 1
    private var recordLine = 1
    private var lastWasReturn = false
    private var bytesOfMark = 0

    /// One that is larger is no value of a table but a quote that was never closed.
    private static let largestField = 1 << 20
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init() {}

    /// - Returns: the records that are whole by now.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(Problem) -> [Record] {
        var records: [Record] = []
        for byte in bytes {
            if let record = try take(byte) { records.append(record) }
        }
        return records
    }

    /// - Returns: the last record, where no line's end stands behind it.
    mutating func finish() throws(Problem) -> Record? {
        if case .quoted = state { throw Problem(line: recordLine, reason: "a quote is never closed") }
        return endRecord()
    }

    private mutating func take(_ byte: UInt8) throws(Problem) -> Record? {
        if bytesOfMark < Self.mark.count {
            if byte == Self.mark[bytesOfMark] {
                bytesOfMark += 1
                return nil
            }
            // What began like a mark and is none belongs to the first field.
            let begun = Self.mark.prefix(bytesOfMark)
            bytesOfMark = Self.mark.count
            for byte in begun { _ = try take(byte) }
        }
        if isBetweenRecords { recordLine = line }
        let endsReturn = lastWasReturn && byte == UInt8(ascii: "\n")
        lastWasReturn = byte == UInt8(ascii: "\r")
        let endsLine = (byte == UInt8(ascii: "\n") && !endsReturn) || lastWasReturn
        if endsLine { line += 1 }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
        case (.quoted, _): try append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            state = .quoted
            try append(byte)
        case (.fieldStart, UInt8(ascii: "\"")): state = .quoted
        case (_, UInt8(ascii: ",")): endField()
        // The second half of an end that was taken already.
        case _ where endsReturn: break
        case _ where endsLine: return endRecord()
        case (.quoteInQuoted, _): throw Problem(line: line, reason: "text stands behind a closing quote")
        case (.plain, UInt8(ascii: "\"")):
            throw Problem(line: line, reason: "a quote stands inside a field that has none around it")
        case (.fieldStart, _), (.plain, _):
            state = .plain
            try append(byte)
        }
        return nil
    }

    private var isBetweenRecords: Bool {
        if case .fieldStart = state { fields.isEmpty } else { false }
    }

    private mutating func append(_ byte: UInt8) throws(Problem) {
        guard field.count < Self.largestField else {
            throw Problem(
                line: recordLine, reason: "a field is over \(Self.largestField) bytes; is a quote not closed?")
        }
        field.append(byte)
    }

    private mutating func endField() {
        fields.append(field)
        field = []
        state = .fieldStart
    }

    private mutating func endRecord() -> Record? {
        // A blank line.
        if isBetweenRecords { return nil }
        endField()
        defer { fields = [] }
        return Record(line: recordLine, fields: fields)
    }
}
