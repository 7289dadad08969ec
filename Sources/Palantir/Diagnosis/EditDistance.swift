/// Finds what somebody meant who wrote a name wrongly.
enum EditDistance {
    /// The name that is nearest, if it differs in case, by a slip or, where it is long, by two.
    static func nearest(to name: String, among names: [String]) -> String? {
        let wanted = Array(name.lowercased())
        let slips = wanted.count < 3 ? 0 : wanted.count < 8 ? 1 : 2
        let near = names.map { ($0, distance(wanted, Array($0.lowercased()))) }.filter { $0.1 <= slips }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// How many letters were left out, added, mistaken, or changed places with their neighbour.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard abs(left.count - right.count) <= 2 else { return .max }
        var rows = [Array(0...right.count)]
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(
                    rows[row][column] + (character == other ? 0 : 1), rows[row][column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    cost = min(cost, rows[row - 1][column - 1] + 1)
                }
                current.append(cost)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
