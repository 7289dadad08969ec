import CMariaDB

/// Dates and times as ISO 8601 text. A zero date, MySQL's "0000-00-00", is no date and becomes null.
enum MySQLTimeText {
    static func withDate(_ time: MYSQL_TIME, _ body: (FeatureValue) -> Void) {
        guard time.month > 0, time.day > 0 else { return body(.null) }
        withText { text in
            text.date(time)
        } body: {
            body($0)
        }
    }

    static func withDateTime(_ time: MYSQL_TIME, fraction: Int, _ body: (FeatureValue) -> Void) {
        guard time.month > 0, time.day > 0 else { return body(.null) }
        withText { text in
            text.date(time)
            text.append("T")
            text.clock(time, hours: Int(time.hour), fraction: fraction)
        } body: {
            body($0)
        }
    }

    /// A duration as much as a time of day: up to 838 hours, and negative.
    static func withTime(_ time: MYSQL_TIME, fraction: Int, _ body: (FeatureValue) -> Void) {
        withText { text in
            if time.neg != 0 { text.append("-") }
            text.clock(time, hours: Int(time.day) * 24 + Int(time.hour), fraction: fraction)
        } body: {
            body($0)
        }
    }

    private static func withText(_ write: (inout Digits) -> Void, body: (FeatureValue) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: 48, alignment: 1) { memory in
            var digits = Digits(memory: memory)
            write(&digits)
            body(.text(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory)[..<digits.count])))
        }
    }

    /// Appends to a small piece of stack memory; the longest text is 27 bytes.
    private struct Digits {
        let memory: UnsafeMutableRawBufferPointer
        private(set) var count = 0

        init(memory: UnsafeMutableRawBufferPointer) {
            self.memory = memory
        }

        mutating func date(_ time: MYSQL_TIME) {
            append(Int(time.year), width: 4)
            append("-")
            append(Int(time.month), width: 2)
            append("-")
            append(Int(time.day), width: 2)
        }

        mutating func clock(_ time: MYSQL_TIME, hours: Int, fraction: Int) {
            append(hours, width: hours > 99 ? 3 : 2)
            append(":")
            append(Int(time.minute), width: 2)
            append(":")
            append(Int(time.second), width: 2)
            guard fraction > 0 else { return }
            append(".")
            append(Int(time.second_part), width: 6)
            count -= 6 - fraction
        }

        mutating func append(_ character: Unicode.Scalar) {
            memory[count] = UInt8(truncatingIfNeeded: character.value)
            count += 1
        }

        private mutating func append(_ value: Int, width: Int) {
            var rest = value
            for position in stride(from: count + width - 1, through: count, by: -1) {
                memory[position] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            count += width
        }
    }
}
