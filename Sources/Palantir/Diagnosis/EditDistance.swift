/// Finds what somebody meant who wrote a name wrongly.
enum EditDistance {
    /// The name that is nearest, if it is at most two letters away or differs in case alone.
    static func nearest(to name: String, among names: [String]) -> String? {
        let wanted = Array(name.lowercased())
        let near = names.map { ($0, distance(wanted, Array($0.lowercased()))) }
            .filter { $0.1 <= min(2, wanted.count / 3) }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// Levenshtein's.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard abs(left.count - right.count) <= 2 else { return .max }
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                current.append(
                    min(previous[column] + (character == other ? 0 : 1), previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}
