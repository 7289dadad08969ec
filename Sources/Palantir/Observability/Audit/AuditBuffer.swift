/// Entries that wait to be written, no more than there is room for.
struct AuditBuffer {
    private let room: Int
    private var entries: [AuditEntry] = []
    private var weight = 0
    /// Since the last time that they were taken.
    private var dropped = 0

    /// - Parameter room: in entries and their ids.
    init(room: Int) {
        self.room = room
    }

    enum Added {
        /// Whoever writes is to be told.
        case first
        case next
        case dropped
    }

    mutating func add(_ entry: AuditEntry) -> Added {
        guard weight + entry.weight <= room else {
            dropped += 1
            return .dropped
        }
        entries.append(entry)
        weight += entry.weight
        return entries.count == 1 ? .first : .next
    }

    /// Everything that waits, and how many found no room since.
    mutating func take() -> (entries: [AuditEntry], dropped: Int) {
        defer {
            entries = []
            weight = 0
            dropped = 0
        }
        return (entries, dropped)
    }
}
