import Foundation
import NIOHTTP1
import Palantir
import PalantirTesting
import Testing

extension HubTests {
    @Suite("Hostile addresses", .serialized)
    struct HostileURLTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        /// That no name and not the canary's port is allowed, but some network at every port.
        private static func settings() throws -> [String: String] {
            ["PALANTIR_MODEL_HOSTS": "127.0.0.1:\(try Servers.model().port),10.0.0.0/8"]
        }

        @Test("As a tag none is connected to, and who asks is told no address")
        func tags() async throws {
            let canary = try await Canary()
            let metadata = try? await Metadata()
            try await HubFixture.with(try Self.settings()) { fixture in
                let urls = HostileURL.all(canary: canary.port)
                #expect(urls.count >= 30)
                let name = HubFixture.name()
                for (number, url) in urls.enumerated() {
                    try await fixture.register("\(name)-\(number)", tags: ["uri": url.text])
                }
                for (number, url) in urls.enumerated() {
                    let answer = try await fixture.hub.predict("\(name)-\(number)", "42")
                    let expected = url.isPlain ? "MODEL_MISCONFIGURED" : "MODEL_UNREACHABLE"
                    #expect(answer.code == expected, "\(url.text.debugDescription): \(answer.body)")
                    #expect(answer.body.contains("`uri`") && answer.body.contains("PALANTIR_MODEL_HOSTS"))
                    for told in ["169.254", "127.0.0.1", "localhost", "\(canary.port)", "passwd"] {
                        #expect(!answer.body.contains(told), "\(answer.body)")
                    }
                }
                // Nobody is spared by not asking again: it stays the same error.
                let resolved = try #require(urls.firstIndex { !$0.isPlain })
                for _ in 0..<10 {
                    #expect(try await fixture.hub.predict("\(name)-\(resolved)", "42").code == "MODEL_UNREACHABLE")
                }
                // Whoever may see a model's tags anyway is told why.
                let shown = try await fixture.hub.get("/models/\(name)-0").body
                #expect(shown.contains("\"detail\":\"") && shown.contains("link-local"), "\(shown)")
                #expect(fixture.hub.process.output.contains("link-local"))
                #expect((canary.connections, canary.bytes) == (0, 0))
                if let metadata { #expect(metadata.canary.connections == 0) }
                // The canary does see what is allowed.
                try await fixture.register(
                    name, tags: ["uri": "http://127.0.0.1:\(canary.port)/predict", "timeout_ms": "300"])
                #expect(try await fixture.hub.predict(name, "42").code == "MODEL_MISCONFIGURED")
            }
            try await HubFixture.with(["PALANTIR_MODEL_HOSTS": "127.0.0.1:\(canary.port)"]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(
                    name, tags: ["uri": "http://127.0.0.1:\(canary.port)/predict", "timeout_ms": "300"])
                #expect(try await fixture.hub.predict(name, "42").code == "DEADLINE_EXCEEDED")
                #expect(canary.connections == 1 && canary.bytes > 0)
            }
            await canary.stop()
            await metadata?.remove()
        }

        @Test("As the target of a model's redirect none is connected to")
        func redirects() async throws {
            let canary = try await Canary()
            try await HubFixture.with(try Self.settings()) { fixture in
                let name = HubFixture.name()
                for (number, url) in HostileURL.all(canary: canary.port).enumerated() {
                    try await fixture.register(
                        "\(name)-\(number)", at: "/redirecting-to/\(TestModelRoutes.encoded(url.text))")
                    let answer = try await fixture.hub.predict("\(name)-\(number)", "42")
                    #expect(answer.code == "MODEL_FAILED", "\(url.text.debugDescription): \(answer.body)")
                }
                #expect((canary.connections, canary.bytes) == (0, 0))
            }
            await canary.stop()
        }

        @Test("As the target of MLflow's redirect none is connected to")
        func registryRedirects() async throws {
            let canary = try await Canary()
            let client = EgressClient()
            let folder = try Place.folder()
            for url in HostileURL.all(canary: canary.port) {
                let base = try Servers.model().uri("/redirecting-to/\(TestModelRoutes.encoded(url.text))")
                let registry = MLflowRegistry(
                    settings: MLflowSettings(uri: try #require(MLflowURI(base)), credentials: nil), client: client)
                let error = await #expect(throws: PalantirError.self) {
                    _ = try await registry.registeredModels(by: .after(.seconds(5)))
                }
                #expect(error?.code == .registryUnavailable)
                let download = await client.download(
                    base + "/x", to: folder + "/file", maxBytes: 1_000, by: .after(.seconds(5)))
                #expect(throws: EgressClient.Failure.self) { try download.get() }
            }
            client.shutdown()
            Place.remove(folder)
            #expect((canary.connections, canary.bytes) == (0, 0))
            await canary.stop()
        }

        @Test("Services beside the hub are no models, at whatever address of this machine")
        func services() async throws {
            try await HubFixture.with { fixture in
                let ports = [fixture.hub.port, try Servers.mlflow().port, try Servers.mariaDB().port]
                let name = HubFixture.name()
                for port in ports {
                    for host in ["127.0.0.1", "127.0.0.2", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
                        let one = "\(name)-\(UUID().uuidString.prefix(8))"
                        try await fixture.register(one, tags: ["uri": "http://\(host):\(port)/predict"])
                        let answer = try await fixture.hub.predict(one, "42")
                        let expected = host == "localhost" ? "MODEL_UNREACHABLE" : "MODEL_MISCONFIGURED"
                        #expect(answer.code == expected, "\(host): \(answer.body)")
                    }
                }
            }
        }

        @Test("What a reload disallows is asked no more, also over connections that are open")
        func reload() async throws {
            let port = try Servers.model().port
            let name = HubFixture.name()
            func file(_ hosts: String) -> String { "PALANTIR_MODEL_HOSTS=\(hosts)\n" }
            try await HubFixture.with(envFile: file("127.0.0.1:\(port)")) { fixture in
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                try fixture.reload(file("10.0.0.0/8"))
                try await eventually { fixture.hub.process.output.contains("The settings were read again") }
                #expect(try await fixture.hub.predict(name, "42").code == "MODEL_MISCONFIGURED")
                try fixture.reload(file("127.0.0.0/8"))
                try await eventually { try await fixture.hub.predict(name, "42").status == 200 }
            }
        }

        @Test("A proxy of the environment is asked nothing")
        func proxies() async throws {
            let proxy = try await Canary()
            let url = "http://127.0.0.1:\(proxy.port)"
            let variables = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            try await HubFixture.with(Dictionary(uniqueKeysWithValues: variables.map { ($0, url) })) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name)
                #expect(try await fixture.hub.predict(name, "42").status == 200)
                #expect(proxy.connections == 0)
            }
            await proxy.stop()
        }

        @Test("A download ends where its file's told size does")
        func downloads() async throws {
            let client = EgressClient()
            let folder = try Place.folder()
            let url = try Servers.model().uri("/endless")
            let result = await client.download(
                url, to: folder + "/file", maxBytes: 100_000, by: .after(.seconds(20)))
            guard case .failure(.answerTooLarge) = result else {
                Issue.record("\(result)")
                return
            }
            let size = try FileManager.default.attributesOfItem(atPath: folder + "/file")[.size] as? Int
            #expect(try #require(size) <= 100_000)
            client.shutdown()
            Place.remove(folder)
        }

        @Test("A compressed answer is not inflated but a clear failure")
        func compressed() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, at: "/compressed")
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.code == "MODEL_BAD_ANSWER")
                #expect(answer.body.contains("encoding"), "\(answer.body)")
            }
            let client = EgressClient()
            let url = try Servers.model().uri("/compressed")
            let sent = await client.send(.POST, url, maxAnswerBytes: 1 << 20, by: .after(.seconds(5)))
            guard case .failure(.answerEncoded("gzip")) = sent else {
                Issue.record("\(sent)")
                return
            }
            client.shutdown()
        }
    }
}

/// The address of clouds' metadata on this machine, with a canary there.
private struct Metadata {
    let canary: Canary

    init() async throws {
        let added = try await CommandLineTool(["/sbin/ip", "address", "add", "169.254.169.254/32", "dev", "lo"])
        guard added.exitCode == 0 else {
            print("No canary at 169.254.169.254: the address cannot be added here (\(added.output))")
            throw NotStarted("No address", log: added.output)
        }
        canary = try await Canary(on: ["169.254.169.254"], port: 80)
    }

    func remove() async {
        await canary.stop()
        _ = try? await CommandLineTool(["/sbin/ip", "address", "delete", "169.254.169.254/32", "dev", "lo"])
    }
}
