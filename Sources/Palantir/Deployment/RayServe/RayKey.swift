import Crypto
import Foundation

/// Names and secrets that every hub with Ray's token knows, and nobody else: made from the token, and no way back to it.
/// Without a token there is none: who reaches that Ray may run code there anyway.
package struct RayKey: Sendable {
    private let key: SymmetricKey?

    package init(token: String?) {
        key = token.map { SymmetricKey(data: Data($0.utf8)) }
    }

    /// What a prediction brings along to an application.
    func secret(of application: String) -> String? {
        code(of: "predict " + application)
    }

    /// What the hub serves of a version.
    enum File: String, Sendable {
        case artifacts, trials

        var suffix: String {
            switch self {
            case .artifacts: ".zip"
            case .trials: ".json"
            }
        }
    }

    /// Under which name the hub serves something of the version whose artifacts are in a folder.
    func name(of file: File, for folder: String) -> String {
        folder + (code(of: file.rawValue + " " + folder).map { "-" + $0 } ?? "") + file.suffix
    }

    /// The folder that a file's name stands for; nil for a name that nobody can have from us.
    func folder(of file: File, named name: String) -> String? {
        guard name.hasSuffix(file.suffix) else { return nil }
        let stem = name.dropLast(file.suffix.count)
        guard key != nil else { return String(stem) }
        guard let dash = stem.lastIndex(of: "-") else { return nil }
        let folder = String(stem[..<dash])
        let given = Array(stem[stem.index(after: dash)...].utf8)
        let right = Array((code(of: file.rawValue + " " + folder) ?? "").utf8)
        // Whatever is wrong with it takes the same time.
        let difference = zip(given, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return given.count == right.count && difference == 0 ? folder : nil
    }

    private func code(of text: String) -> String? {
        key.map { key in
            HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key).prefix(16)
                .map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        }
    }
}
