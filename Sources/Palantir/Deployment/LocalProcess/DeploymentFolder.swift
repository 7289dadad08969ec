import Foundation

/// What deployments on this machine keep on disk.
struct DeploymentFolder: Sendable {
    let models: String
    let environments: String
    let script: String
    private let scratch: String
    private let logs: String

    /// A log is begun anew beyond this: what is asked for is what was written last.
    private static let longestLog = 10 << 20

    /// Makes the folders and writes the fork server's files, which come with the program.
    init(path: String) throws(PalantirError) {
        let path = URL(fileURLWithPath: path).path
        models = path + "/models"
        scratch = path + "/replicas"
        logs = path + "/logs"
        environments = path + "/environments"
        let scripts = path + "/scorer"
        do {
            // Left over from a hub that was killed.
            try? FileManager.default.removeItem(atPath: scratch)
            for folder in [models, environments, scratch, logs, scripts] {
                // Others may pass through: replicas run as another user where the hub is root.
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
            }
            // Python lists the folder that it imports from.
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scripts)
            script = try ScorerFiles.write(to: scripts)
        } catch {
            throw PalantirError(.modelNotReady, "The folder \(path) cannot be written.", cause: "\(error)")
        }
    }

    func log(of model: String) -> String {
        "\(logs)/\(Self.slug(model)).log"
    }

    /// Of a fork server itself.
    func log(of environment: PythonEnvironment) -> String {
        "\(logs)/fork-server-\(environment.id).log"
    }

    /// A folder for private folders of an environment's replicas.
    ///
    /// - Parameter user: whose it is to be; nil for the hub's own.
    func scratch(of environment: PythonEnvironment, for user: ReplicaUser?) throws(PalantirError) -> String {
        let path = "\(scratch)/\(environment.id)"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        } catch {
            throw .notStarted("\(path) cannot be written: \(error)")
        }
        if let user { chown(path, user.uid, user.gid) }
        return path
    }

    /// Makes a log that another user writes.
    func give(_ log: String, to user: ReplicaUser) {
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        chown(log, user.uid, user.gid)
    }

    func trim(_ log: String) {
        let size = (try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
        if size > Self.longestLog { try? FileManager.default.removeItem(atPath: log) }
    }

    func lastLines(of log: String, _ count: Int) -> [String] {
        guard let handle = FileHandle(forReadingAtPath: log) else { return [] }
        defer { try? handle.close() }
        // Lines of a traceback are short; a few long ones are not worth more.
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > 65_536 ? size - 65_536 : 0)
        let text = String(decoding: (try? handle.readToEnd()) ?? Data(), as: UTF8.self)
        return text.split(separator: "\n", omittingEmptySubsequences: true).suffix(count).map(String.init)
    }

    /// A file's name for a model's: what is unusual is replaced, and a checksum keeps different names apart.
    static func slug(_ model: String) -> String {
        let plain = model.unicodeScalars.map { scalar -> Character in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isPlain || scalar == "-" || scalar == "_" ? Character(scalar) : "_"
        }
        return String(plain.prefix(40)) + "-" + String(Checksum.of(Data(model.utf8)), radix: 16)
    }
}
