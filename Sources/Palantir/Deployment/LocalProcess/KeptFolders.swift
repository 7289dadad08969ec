import Foundation
import Logging
import NIOPosix
import Synchronization

/// A folder of folders that are kept for models, and the removal of those that nothing needs any more.
///
/// What belongs to a folder lies beside it, under its name and an ending: a download that is under way, an archive, and
/// the mark that says since when nothing needs it.
final class KeptFolders: Sendable {
    private let path: String
    private let logger: Logger
    /// Held while marks and names change: what is about to be used is not renamed away.
    private let changing = Mutex(())

    private static let mark = ".unneeded"
    /// What is renamed to it is nobody's any more, also after a hub that was killed while it removed it.
    private static let removing = ".removing"

    init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// Something is about to look for this folder and use it: it is kept for another day at least.
    func use(_ name: String) {
        changing.withLock { _ in try? FileManager.default.removeItem(atPath: "\(path)/\(name)\(Self.mark)") }
    }

    /// Removes what nothing has needed for a day. What cannot be removed is logged and stays.
    func keepOnly(_ needed: Set<String>, at now: Date) async {
        // An environment is thousands of files.
        try? await NIOThreadPool.singleton.runIfActive { self.removeUnneeded(besides: needed, at: now) }
    }

    private func removeUnneeded(besides needed: Set<String>, at now: Date) {
        attempt("look into", path) {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).filter {
                !$0.hasSuffix(Self.removing)
            }
            for name in Set(names.map { String($0.prefix { $0 != "." }) }) where !name.isEmpty {
                attempt("tidy", name) { try changing.withLock { _ in try tidy(name, needed.contains(name), at: now) } }
            }
            for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(Self.removing) {
                attempt("remove", name) { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
            }
        }
    }

    private func tidy(_ name: String, _ isNeeded: Bool, at now: Date) throws {
        let files = FileManager.default
        let mark = "\(path)/\(name)\(Self.mark)"
        let since = try? files.attributesOfItem(atPath: mark)[.modificationDate] as? Date
        switch FolderRetention(isNeeded: isNeeded, unneededSince: since, at: now) {
        case .keep: break
        case .forgetUnneeded: try files.removeItem(atPath: mark)
        case .noteUnneeded:
            guard files.createFile(atPath: mark, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
            try files.setAttributes([.modificationDate: now], ofItemAtPath: mark)
        case .remove:
            logger.info("Removing what no model needs", metadata: ["folder": "\(path)/\(name)"])
            for entry in try files.contentsOfDirectory(atPath: path)
            where entry.prefix(while: { $0 != "." }) == name && !entry.hasSuffix(Self.removing) {
                // Its removal takes a while; who needs it meanwhile makes it anew.
                let gone = "\(path)/\(entry).\(UInt32.random(in: .min ... .max))\(Self.removing)"
                try files.moveItem(atPath: "\(path)/\(entry)", toPath: gone)
            }
        }
    }

    private func attempt(_ what: String, _ name: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            logger.warning(
                "What no model needs could not be removed",
                metadata: ["step": "\(what)", "folder": "\(path)", "name": "\(name)", "reason": "\(error)"])
        }
    }
}
