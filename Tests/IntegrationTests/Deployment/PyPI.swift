import Foundation
import PalantirTesting

/// Where Python packages come from, as this machine is told.
enum PyPI {
    static func isVariable(_ name: String, _: String) -> Bool {
        let name = name.uppercased()
        return ["UV_", "PIP_", "SSL_CERT_"].contains(where: name.hasPrefix) || name.hasSuffix("_PROXY")
    }

    /// Whether uv finds a package there, past its cache.
    static var answers: Bool {
        get async {
            let uv = URL(fileURLWithPath: Place.python).deletingLastPathComponent().appendingPathComponent("uv").path
            let look = try? await CommandLineTool(
                [
                    uv, "pip", "install", "--dry-run", "--reinstall", "--refresh-package", "uvicorn", "--no-deps",
                    "--python", Place.python, "uvicorn",
                ],
                environment: ProcessInfo.processInfo.environment.filter(isVariable), within: .seconds(30))
            return look?.exitCode == 0
        }
    }
}
