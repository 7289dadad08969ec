/// Rows in aligned columns, as people read them at a terminal.
struct TextTable {
    let header: [String]
    private(set) var rows: [[Cell]] = []

    /// A text, and how it looks where there are colours.
    struct Cell: ExpressibleByStringLiteral {
        let text: String
        let style: Terminal.Style?

        init(_ text: String, _ style: Terminal.Style? = nil) {
            self.text = Self.printable(text)
            self.style = style
        }

        init(stringLiteral text: String) {
            self.init(text)
        }

        /// Control characters of other people's text could move the terminal's cursor.
        private static func printable(_ text: String) -> String {
            String(
                text.map {
                    $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
                        ? " " : $0
                })
        }
    }

    init(_ header: [String]) {
        self.header = header
    }

    mutating func add(_ row: [String]) {
        rows.append(row.map { Cell($0) })
    }

    mutating func add(_ row: [Cell]) {
        rows.append(row)
    }

    /// Without colours.
    var text: String { text(nil) }

    /// For a terminal, in its colours.
    func text(on terminal: Terminal) -> String { text(terminal) }

    private func text(_ terminal: Terminal?) -> String {
        let all = [header.map { Cell($0, .bold) }] + rows
        let widths = header.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
        return all.map { row in
            // Nothing stands at the end of a line but text.
            let last = row.lastIndex { !$0.text.isEmpty } ?? 0
            return zip(row, widths).prefix(last + 1).enumerated().map { index, pair in
                let (cell, width) = pair
                let styled = cell.style.flatMap { terminal?.styled(cell.text, $0) } ?? cell.text
                return index == last ? styled : styled + String(repeating: " ", count: width - cell.text.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
