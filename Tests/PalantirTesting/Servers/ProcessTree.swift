import Foundation

/// The processes below another, as Linux tells them.
package enum ProcessTree {
    /// Every process whose parent it is, whichever thread started it.
    package static func children(of parent: Int32) -> [Int32] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { Int32($0) }.filter { self.parent(of: $0) == parent }
    }

    package static func descendants(of parent: Int32) -> [Int32] {
        children(of: parent).flatMap { [$0] + descendants(of: $0) }
    }

    /// Whether it is there, and no zombie.
    package static func isAlive(_ process: Int32) -> Bool {
        fields(of: process).map { $0.first != "Z" } ?? false
    }

    private static func parent(of process: Int32) -> Int32? {
        fields(of: process).flatMap { $0.count > 1 ? Int32($0[1]) : nil }
    }

    /// What stands behind the name in `/proc/<pid>/stat`: state, parent, …
    private static func fields(of process: Int32) -> [Substring]? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        return stat[stat.index(after: end)...].split(separator: " ")
    }
}
