import Foundation
import Synchronization

/// The `date` header's text, made once a second.
package final class HTTPDate: Sendable {
    private struct Made {
        var second = 0
        var text = ""
    }

    private let made = Mutex(Made())

    var text: String {
        let second = time(nil)
        return made.withLock { made in
            if made.second != second { made = Made(second: second, text: Self.text(of: second)) }
            return made.text
        }
    }

    /// RFC 9110, section 5.6.7. Names of days and months are English: the process never sets a locale.
    static func text(of second: time_t) -> String {
        var second = second
        var parts = tm()
        gmtime_r(&second, &parts)
        return String(unsafeUninitializedCapacity: 32) { memory in
            memory.withMemoryRebound(to: CChar.self) {
                strftime($0.baseAddress, $0.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            }
        }
    }
}
