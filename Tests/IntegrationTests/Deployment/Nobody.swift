import Foundation
import PalantirTesting

/// The user that models run as where the hub is root.
enum Nobody {
    static let python = "/usr/bin/python3"

    static var uid: UInt32 { getpwnam("nobody")?.pointee.pw_uid ?? .max }

    /// Whether root can run that Python as nobody; another one may lie where nobody may not read.
    static var runsPython: Bool {
        get async {
            guard geteuid() == 0 else { return false }
            let user = ["/usr/bin/setpriv", "--reuid", "\(uid)", "--regid", "\(uid)", "--clear-groups", "--"]
            let run = try? await CommandLineTool(user + [python, "-c", "import venv"], within: .seconds(20))
            return run?.exitCode == 0
        }
    }
}
