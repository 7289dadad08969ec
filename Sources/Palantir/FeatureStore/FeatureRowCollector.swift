import NIOCore

/// Gathers the rows of one look-up: checks each key byte for byte against the ids that were asked, and refuses a second
/// row for the same entity. Every driver uses it, so that no store can answer for the wrong entity.
struct FeatureRowCollector {
    private let table: FeatureTable
    private let positions: [EntityID: Int]
    private var ranges: [Range<Int>?]
    /// All rows of the look-up stand in one buffer. It is sliced when it is full and not before: a slice shares the
    /// memory, and the next write would have to copy it.
    private var buffer = ByteBuffer()

    init(ids: some Sequence<EntityID>, table: FeatureTable) {
        self.table = table
        positions = Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in first }
        ranges = Array(repeating: nil, count: positions.count)
    }

    /// Takes a row if its key is one that was asked for.
    ///
    /// - Parameter write: appends the row's JSON object.
    mutating func add(key: String, _ write: (inout ByteBuffer) -> Void) throws(PalantirError) {
        guard let id = EntityID(key), let position = positions[id] else { return }
        guard ranges[position] == nil else { throw .ambiguous(table) }
        let start = buffer.writerIndex
        write(&buffer)
        ranges[position] = start..<buffer.writerIndex
    }

    /// The rows in the order of the ids.
    consuming func finish() -> [FeatureRow?] {
        ranges.map { range in
            range.flatMap { buffer.getSlice(at: $0.lowerBound, length: $0.count) }
                .map { FeatureRow(object: JSONText(validated: $0)) }
        }
    }
}
