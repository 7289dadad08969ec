import NIOCore

/// Writes entries as JSON, one a line.
struct AuditLine: Sendable {
    let ids: AuditIDs

    func write(_ entry: AuditEntry, to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { line in
            line.member("time", text: Timestamp(milliseconds: entry.milliseconds).text)
            line.member("request_id", text: entry.requestID)
            line.member("caller", text: entry.caller)
            line.member("action", text: entry.action)
            line.member("model", text: entry.model)
            line.member("entities", number: entry.entities)
            line.member("ids", array: entry.ids) { $0.writeJSON(string: ids.text(of: $1)) }
            if entry.entities > entry.ids.count {
                line.member("more_ids", number: entry.entities - entry.ids.count)
            }
            line.member("status", number: entry.status)
            line.member("code", text: entry.code?.rawValue)
            line.member("duration_ms") { $0.writeString(Self.milliseconds(entry.duration)) }
        }
        buffer.writeStaticString("\n")
    }

    /// That entries are missing before this line.
    func write(lost count: Int, to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { line in
            line.member("time", text: Timestamp.now.text)
            line.member("action", text: "audit")
            line.member("lost", number: count)
        }
        buffer.writeStaticString("\n")
    }

    /// To the microsecond.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int64(duration / .microseconds(1))
        return "\(microseconds / 1_000).\(String(1_000 + microseconds % 1_000).dropFirst())"
    }
}
