import Foundation

/// A moment by the wall clock, as logs tell it.
struct Timestamp: Hashable, Sendable {
    let milliseconds: Int64

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    static var now: Timestamp { Timestamp(milliseconds: nowNanoseconds / 1_000_000) }

    /// The same moment, finer.
    static var nowNanoseconds: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }

    /// RFC 3339 in UTC.
    var text: String {
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
}
