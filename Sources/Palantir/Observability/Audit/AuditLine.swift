import Foundation
import NIOCore

/// Writes entries as JSON, one a line.
struct AuditLine: Sendable {
    let ids: AuditIDs

    func write(_ entry: AuditEntry, to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { line in
            line.member("time", text: Self.time(entry.milliseconds))
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
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        buffer.writeJSONObject { line in
            line.member("time", text: Self.time(Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000))
            line.member("action", text: "audit")
            line.member("lost", number: count)
        }
        buffer.writeStaticString("\n")
    }

    /// RFC 3339 in UTC.
    static func time(_ milliseconds: Int64) -> String {
        var second = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&second, &parts)
        let fraction = String(1_000 + milliseconds % 1_000).dropFirst()
        return String(unsafeUninitializedCapacity: 32) { memory in
            memory.withMemoryRebound(to: CChar.self) {
                strftime($0.baseAddress, $0.count, "%Y-%m-%dT%H:%M:%S.", &parts)
            }
        } + fraction + "Z"
    }

    /// To the microsecond.
    private static func milliseconds(_ duration: Duration) -> String {
        let microseconds = Int64(duration / .microseconds(1))
        return "\(microseconds / 1_000).\(String(1_000 + microseconds % 1_000).dropFirst())"
    }
}
