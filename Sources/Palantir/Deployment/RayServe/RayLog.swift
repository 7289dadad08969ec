import Foundation
import Synchronization

/// What Ray said of each application, newest at the end.
final class RayLog: Sendable {
    private struct Entry {
        var last = ""
        var lines: [String] = []
    }

    private let entries = Mutex<[String: Entry]>([:])
    private static let longest = 500

    /// Notes a status and its message, unless they are the last that were noted.
    func note(_ application: RayServeState.Application) {
        let message = application.message.split(separator: "\n").map(String.init)
        let text = ([application.status] + message).joined(separator: "\n")
        entries.withLock { entries in
            var entry = entries[application.name] ?? Entry()
            guard entry.last != text else { return }
            entry.last = text
            entry.lines.append("\(Date.now.ISO8601Format()) \(application.status)")
            entry.lines += message
            entry.lines.removeFirst(max(entry.lines.count - Self.longest, 0))
            entries[application.name] = entry
        }
    }

    func lines(of application: String, _ count: Int) -> [String] {
        entries.withLock { $0[application]?.lines.suffix(count) ?? [] }
    }
}
