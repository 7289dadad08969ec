import Foundation
import PalantirTesting
import Testing

extension HubTests {
    @Suite("TLS to models", .serialized)
    struct ModelTLSTests {
        private let folder: String

        init() async throws {
            folder = try Place.folder()
            try await HubFixture.fillUsers()
        }

        /// What a hub that trusts an authority answers for a model behind TLS.
        private func answer(
            names: String = "DNS:localhost,IP:127.0.0.1", host: String = "localhost", newest: String = "TLSv1_3",
            isTrusted: Bool = true
        ) async throws -> TestHTTP.Answer {
            let authority = try await CertificateAuthority(in: folder)
            let model = try await SecureModel(
                try await authority.certificate(for: names), newest: newest, log: folder + "/model.log")
            let name = HubFixture.name()
            var answer: TestHTTP.Answer?
            try await HubFixture.with(isTrusted ? ["PALANTIR_CA_FILE": authority.file] : [:]) { fixture in
                try await fixture.register(name, tags: ["uri": "https://\(host):\(model.port)/predict"])
                answer = try await fixture.hub.predict(name, "42")
                if answer?.status != 200 {
                    #expect(fixture.hub.process.output.contains("https://\(host):\(model.port)"), "the log tells")
                }
            }
            await model.stop()
            Place.remove(folder)
            return try #require(answer)
        }

        @Test("A certificate of the operator's own authority is trusted", arguments: ["localhost", "127.0.0.1"])
        func ownAuthority(_ host: String) async throws {
            let answer = try await answer(host: host)
            #expect(answer.status == 200, "\(answer.body)")
        }

        @Test("One of an authority that nobody told of is not")
        func unknownAuthority() async throws {
            #expect(try await answer(isTrusted: false).code == "MODEL_UNREACHABLE")
        }

        @Test(
            "One for another name is not",
            arguments: [
                ("DNS:other.example", "localhost"), ("DNS:localhost", "127.0.0.1"), ("IP:127.0.0.9", "127.0.0.1"),
            ])
        func wrongName(_ names: String, _ host: String) async throws {
            #expect(try await answer(names: names, host: host).code == "MODEL_UNREACHABLE")
        }

        @Test("TLS is spoken from version 1.2 on")
        func versions() async throws {
            #expect(try await answer(newest: "TLSv1_2").status == 200)
        }

        @Test("Older versions are refused")
        func oldVersions() async throws {
            #expect(try await answer(newest: "TLSv1_1").code == "MODEL_UNREACHABLE")
        }

        @Test("A file of authorities that is none stops the start with its name")
        func wrongFile() async throws {
            let file = folder + "/none.pem"
            try "none".write(toFile: file, atomically: true, encoding: .utf8)
            for path in [file, folder + "/gone.pem"] {
                let tool = try await CommandLineTool(
                    [Place.palantir, "serve"],
                    environment: ["MLFLOW_URI": "http://127.0.0.1:1", "PALANTIR_CA_FILE": path, "PALANTIR_PORT": "0"],
                    within: .seconds(20))
                #expect(tool.exitCode == 78)
                #expect(tool.output.contains("PALANTIR_CA_FILE") && tool.output.contains(path), "\(tool.output)")
            }
            Place.remove(folder)
        }
    }
}
