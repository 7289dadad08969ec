import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// `palantir setup python` as an operator runs it, with packages from PyPI: 344 MB, in about half a minute.
    @Suite("Setting up Python by downloads", .serialized, .enabled("PyPI answers") { await PyPI.answers })
    struct PythonSetupDownloadTests {
        @Test("What it makes serves a model by the fork server, and a second run finds it whole")
        func setup() async throws {
            let folder = try Place.folder()
            defer { Place.remove(folder) }
            let python = folder + "/python/bin/python"
            // An empty cache: what is there already would not be downloaded.
            let packages = ProcessInfo.processInfo.environment.filter(PyPI.isVariable)
                .merging(["XDG_CACHE_HOME": folder + "/cache"]) { $1 }
            for made in ["true", "false"] {
                let setup = try await CommandLineTool(
                    [Place.palantir, "setup", "python", "--json", "--data", folder, "--python3", Place.python],
                    environment: packages, within: .seconds(600))
                try #require(setup.exitCode == 0, "\(setup.output)")
                #expect(setup.output.contains("\"made\":\(made)"), "\(setup.output)")
                #expect(setup.output.contains(python))
            }
            let name = HubFixture.name()
            try await DeploymentFixture.register([("classifier", name)])
            try await DeploymentFixture.with([
                "PALANTIR_AUTODEPLOY_MODELS": name, "PALANTIR_PYTHON": python,
            ]) { fixture in
                try await fixture.ready(name)
                #expect(try await fixture.predict(name, 1).status == 200)
            }
        }
    }
}
