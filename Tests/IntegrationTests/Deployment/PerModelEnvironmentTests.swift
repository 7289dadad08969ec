import Foundation
import PalantirTesting
import Testing

extension HubTests {
    /// Models that the hub runs with the packages of their own `requirements.txt`, which come from PyPI.
    @Suite("A Python environment a model", .serialized, .enabled("PyPI answers") { await PyPI.answers })
    struct PerModelEnvironmentTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        /// A model that answers with the version of its own package, and as whom it runs.
        private static let training = """
            import os, sys, mlflow, pandas
            from mlflow.models import ModelSignature
            from mlflow.types import ColSpec, Schema

            class Versions(mlflow.pyfunc.PythonModel):
                def predict(self, context, model_input, params=None):
                    import os, pandas, sklearn
                    answer = {"sklearn": sklearn.__version__, "uid": os.getuid()}
                    return pandas.DataFrame([answer] * len(model_input))

            mlflow.set_tracking_uri(sys.argv[1])
            signature = ModelSignature(inputs=Schema([ColSpec("long", "age")]))
            with mlflow.start_run():
                for name, version in zip(sys.argv[2::2], sys.argv[3::2]):
                    mlflow.pyfunc.log_model(
                        name="model", python_model=Versions(), signature=signature, registered_model_name=name,
                        pip_requirements=["mlflow-skinny==3.17.2", "cloudpickle", f"scikit-learn=={version}"])
                    mlflow.MlflowClient().set_registered_model_tag(name, "feature_store", "users")
            """

        /// As the operator's shell has it, with models that run as the tests' own user: nobody may not read every
        /// Python.
        private static var settings: [String: String] {
            let packages = ProcessInfo.processInfo.environment.filter(PyPI.isVariable)
            return packages.merging([
                "PALANTIR_AUTODEPLOY": "all", "PALANTIR_AUTODEPLOY_ENVIRONMENT": "per-model",
                "PALANTIR_AUTODEPLOY_USER": NSUserName(), "PALANTIR_PYTHON": Place.python,
            ]) { _, given in given }
        }

        @Test("Two versions of scikit-learn serve side by side; one that does not exist is told in uv's words")
        func twoVersions() async throws {
            let (one, two, none) = (HubFixture.name(), HubFixture.name(), HubFixture.name())
            try await Self.train([(one, "1.7.1"), (two, "1.7.2"), (none, "0.0.404")])
            var settings = Self.settings
            settings["PALANTIR_AUTODEPLOY_MODELS"] = [one, two, none].joined(separator: ",")
            try await HubFixture.with(settings) { fixture in
                for (name, version) in [(one, "1.7.1"), (two, "1.7.2")] {
                    try await Self.expect(version, as: geteuid(), from: name, on: fixture.hub)
                }
                try await eventually(within: .seconds(60)) {
                    let shown = try await fixture.hub.get("/deployments/\(none)")
                    return shown.body.contains("could not be made") && shown.body.contains("scikit-learn==0.0.404")
                }
                let place = fixture.folder + "/deployments/environments"
                // The third is tried again and again.
                let environments = try FileManager.default.contentsOfDirectory(atPath: place).filter {
                    FileManager.default.fileExists(atPath: "\(place)/\($0)/.palantir-environment")
                }
                #expect(environments.count == 2)
                let restarted = try await fixture.restarted()
                // Nothing is made again.
                try await eventually(within: .seconds(30)) { try await restarted.predict(one, "42").status == 200 }
                let made = restarted.process.output.split(separator: "\n").filter { $0.contains("Making a Python") }
                #expect(!made.contains { line in environments.contains { line.contains($0) } }, "\(made)")
                await restarted.process.stop()
            }
        }

        @Test(
            "Where the hub is root, a model's own packages are imported and run by nobody",
            .enabled("the tests run as root, and nobody may run /usr/bin/python3") { await Nobody.runsPython })
        func nobody() async throws {
            let name = HubFixture.name()
            try await Self.train([(name, "1.7.2")])
            var settings = Self.settings
            settings["PALANTIR_AUTODEPLOY_MODELS"] = name
            settings["PALANTIR_AUTODEPLOY_USER"] = ""
            settings["PALANTIR_PYTHON"] = Nobody.python
            // For uv, which the system's Python does not bring along.
            settings["PATH"] = (Place.python as NSString).deletingLastPathComponent + ":/usr/bin:/bin"
            try await HubFixture.with(settings) { fixture in
                try await Self.expect("1.7.2", as: Nobody.uid, from: name, on: fixture.hub)
                let server = try #require(ProcessTree.children(of: fixture.hub.process.identifier).first)
                let owner = try FileManager.default.attributesOfItem(atPath: "/proc/\(server)")[.ownerAccountID]
                #expect((owner as? NSNumber)?.uint32Value == Nobody.uid, "what forks it is nobody's too")
            }
        }

        private static func train(_ models: [(name: String, version: String)]) async throws {
            let training = try await CommandLineTool(
                [Place.python, "-c", Self.training, Servers.mlflow().uri] + models.flatMap { [$0.name, $0.version] },
                environment: ["MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"])
            #expect(training.exitCode == 0, "\(training.output)")
        }

        private static func expect(
            _ version: String, as user: UInt32, from name: String, on hub: HubProcess
        ) async throws {
            // Packages are downloaded the first time.
            try? await eventually(within: .seconds(240)) { try await hub.predict(name, "42").status == 200 }
            let answer = try await hub.predict(name, "42")
            #expect(answer.body == #"{"predictions":{"42":{"sklearn":"\#(version)","uid":\#(user)}}}"#)
        }
    }
}
