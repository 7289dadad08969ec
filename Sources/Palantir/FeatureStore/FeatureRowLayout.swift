import NIOCore

/// How a table's columns become a row's JSON object. Made once a table, so that a row costs copies and no encoding of
/// names.
package struct FeatureRowLayout: Sendable {
    /// The columns to select, the entity key first.
    package let selected: [String]
    private let members: [(prefix: [UInt8], column: Int)]

    /// The entity's id stands under `id`, as the model's contract wants it, and under the key column's own name if
    /// that is another. A different column that is named `id` is left out: it would stand for another entity.
    package init(key: String, columns: [String]) {
        let others = columns.filter { $0 != key && $0 != "id" }
        selected = [key] + others
        var members = [(prefix: Array("{\"id\":".utf8), column: 0)]
        if key != "id" { members.append((Self.prefix(key), 0)) }
        for (index, name) in others.enumerated() { members.append((Self.prefix(name), index + 1)) }
        self.members = members
    }

    /// Appends one row's object; `value` hands over the selected columns' values by position.
    package func write(to buffer: inout ByteBuffer, value: (Int, (FeatureValue) -> Void) -> Void) {
        for (prefix, column) in members {
            value(column) { $0.write(after: prefix, to: &buffer) }
        }
        buffer.writeStaticString("}")
    }

    private static func prefix(_ name: String) -> [UInt8] {
        var buffer = ByteBuffer(string: ",")
        buffer.writeJSON(string: name)
        buffer.writeStaticString(":")
        return Array(buffer.readableBytesView)
    }
}
