import Foundation
import PalantirTesting
import Testing

@testable import Palantir

@Suite("Setting up the data folder's Python")
struct PythonSetupTests {
    /// Why it is not made from a program that claims to be Python.
    private static func refusal(of program: String, in data: String) async -> String? {
        do throws(PalantirError) {
            _ = try await PythonSetup(data: data, basePython: program).run { _ in }
            return nil
        } catch {
            return error.cause
        }
    }

    private static func script(_ text: String, in folder: String) throws -> String {
        let path = folder + "/python3"
        _ = FileManager.default.createFile(
            atPath: path, contents: Data("#!/bin/sh\n\(text)\n".utf8), attributes: [.posixPermissions: 0o755])
        return path
    }

    @Test("A Python that is missing, too old or none is refused in words, and nothing is left behind")
    func refused() async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let data = folder + "/data"
        #expect(await Self.refusal(of: folder + "/none", in: data)?.contains("there is no program") == true)
        let old = try Self.script("echo 3.9.18; echo /usr", in: folder)
        #expect(await Self.refusal(of: old, in: data)?.contains("is Python 3.9.18; MLflow needs 3.10") == true)
        let none = try Self.script("echo sorry >&2; exit 3", in: folder)
        #expect(await Self.refusal(of: none, in: data)?.contains("is no Python 3: sorry") == true)
        #expect(!FileManager.default.fileExists(atPath: data))
    }

    @Test("A step that fails is told with its last lines, and nothing is left behind")
    func failedStep() async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        let python = try Self.script(
            "[ \"$1\" = -I ] && { echo 3.12.1; echo /usr; exit; }; echo ensurepip is not available; exit 1", in: folder)
        let reason = await Self.refusal(of: python, in: folder)
        #expect(reason?.contains("failed:\nensurepip is not available") == true, "\(reason ?? "")")
        #expect(!FileManager.default.fileExists(atPath: folder + "/python"))
    }

    @Test("A folder that is no Python environment is not touched")
    func foreignFolder() async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        try FileManager.default.createDirectory(atPath: folder + "/python/mine", withIntermediateDirectories: true)
        let python = try Self.script("echo 3.12.1; echo /usr", in: folder)
        #expect(await Self.refusal(of: python, in: folder)?.contains("is no Python environment") == true)
        #expect(FileManager.default.fileExists(atPath: folder + "/python/mine"))
    }

    @Test("Installers get the way to the packages, and none of the hub's secrets")
    func variables() {
        let given = ProgramRun.installing(from: [
            "PATH": "/bin", "https_proxy": "http://p", "UV_INDEX_URL": "http://i", "MYSQL_DSN": "secret",
            "MLFLOW_TRACKING_TOKEN": "secret", "PALANTIR_DATA": "d",
        ])
        #expect(given["PATH"] == "/bin")
        #expect(given["https_proxy"] == "http://p")
        #expect(given["UV_INDEX_URL"] == "http://i")
        #expect(Set(given.keys).isDisjoint(with: ["MYSQL_DSN", "MLFLOW_TRACKING_TOKEN", "PALANTIR_DATA"]))
    }
}
