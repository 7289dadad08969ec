import NIOCore

/// Gathers the rows of one look-up: checks each key byte for byte against the ids that were asked, and takes no row of
/// an entity that has two. Every driver uses it, so that no store can answer for the wrong entity.
struct FeatureRowCollector {
    private let table: FeatureTable
    private let ids: [EntityID]
    private let positions: [EntityID: Int]
    private var found: [Found]
    /// All rows of the look-up stand in one buffer. It is sliced when it is full and not before: a slice shares the
    /// memory, and the next write would have to copy it.
    private var buffer = ByteBuffer()

    init(ids: some Sequence<EntityID>, table: FeatureTable) {
        self.table = table
        self.ids = Array(ids)
        positions = Dictionary(self.ids.enumerated().map { ($1, $0) }) { first, _ in first }
        found = Array(repeating: .nothing, count: self.ids.count)
    }

    /// Takes a row if its key is one that was asked for.
    ///
    /// - Parameter write: appends the row's JSON object.
    mutating func add(key: String, _ write: (inout ByteBuffer) -> Void) {
        guard let id = EntityID(key), let position = positions[id] else { return }
        guard case .nothing = found[position] else { return found[position] = .several }
        let start = buffer.writerIndex
        write(&buffer)
        found[position] = .row(start..<buffer.writerIndex)
    }

    /// The outcomes in the order of the ids.
    consuming func finish() -> [FeatureOutcome] {
        zip(ids, found).map { id, found in
            switch found {
            case .nothing: .failure(.entityNotFound(id, in: table))
            case .several: .failure(.ambiguous(table))
            case .row(let range): .success(FeatureRow(object: JSONText(validated: buffer.slice(range))))
            }
        }
    }

    private enum Found {
        case nothing
        /// Where the row stands in the buffer.
        case row(Range<Int>)
        case several
    }
}
