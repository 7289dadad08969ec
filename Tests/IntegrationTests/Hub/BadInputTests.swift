import NIOCore
import PalantirTesting
import Synchronization
import Testing

extension HubTests {
    @Suite("Bad requests and bad models", .serialized)
    struct BadInputTests {
        init() async throws {
            try await HubFixture.fillUsers()
        }

        @Test("Each bad body gets its error, and the hub goes on")
        func bodies() async throws {
            try await HubFixture.with { fixture in
                let http = try Servers.http()
                let bodies: [(ByteBuffer, Int, String)] = [
                    (ByteBuffer(string: "null"), 400, "INVALID_REQUEST"),
                    (ByteBuffer(string: "[]"), 400, "INVALID_REQUEST"),
                    (ByteBuffer(string: ""), 400, "INVALID_REQUEST"),
                    (ByteBuffer(string: String(repeating: "[", count: 100_000)), 400, "INVALID_REQUEST"),
                    (ByteBuffer(bytes: [0x7B, 0x22, 0xFF, 0xFE, 0x22, 0x7D]), 400, "INVALID_REQUEST"),
                    (ByteBuffer(repeating: UInt8(ascii: " "), count: 3 << 20), 413, "BODY_TOO_LARGE"),
                ]
                for (body, status, code) in bodies {
                    let answer = try await http.send(.POST, fixture.hub.url + "/predict", bytes: body)
                    #expect(answer.status == status)
                    #expect(answer.code == code)
                    #expect(answer.headers["content-type"] == "application/json")
                }
                #expect(try await fixture.hub.get("/livez").status == 200)
            }
        }

        @Test("What never becomes a request is answered as any other error")
        func connections() async throws {
            try await HubFixture.with(["PALANTIR_READ_TIMEOUT_MS": "300"]) { fixture in
                let overlong =
                    "GET /livez HTTP/1.1\r\nhost: localhost\r\nx: \(String(repeating: "a", count: 20_000))\r\n\r\n"
                let many = "GET /livez HTTP/1.1\r\nhost: localhost\r\n\(String(repeating: "a: b\r\n", count: 200))\r\n"
                let slow = "POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{\"mod"
                for (text, status, code) in [
                    (overlong, "431", "HEADERS_TOO_LARGE"), (many, "431", "HEADERS_TOO_LARGE"),
                    (slow, "408", "REQUEST_TIMEOUT"), ("\u{1}\u{2}nonsense\r\n\r\n", "400", "INVALID_REQUEST"),
                    (
                        "GET /livez HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n", "403",
                        "HOST_NOT_ALLOWED"
                    ),
                ] {
                    let answer = try await RawConnection.exchange(text, port: fixture.hub.port)
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
                    #expect(answer.contains("\"code\":\"\(code)\""), "\(answer)")
                    #expect(answer.lowercased().contains("content-type: application/json"))
                }
                #expect(try await fixture.hub.get("/livez").status == 200)
            }
        }

        @Test(
            "Each bad model gets its error, and the hub goes on",
            arguments: [
                ("/slow", 504, "DEADLINE_EXCEEDED"), ("/dripping", 504, "DEADLINE_EXCEEDED"),
                ("/endless", 502, "MODEL_BAD_ANSWER"), ("/redirecting", 502, "MODEL_FAILED"),
                ("/failing", 502, "MODEL_FAILED"), ("/html", 502, "MODEL_BAD_ANSWER"),
                ("/nan", 502, "MODEL_BAD_ANSWER"), ("/list", 502, "MODEL_BAD_ANSWER"),
                ("/deep", 502, "MODEL_BAD_ANSWER"), ("/nowhere", 502, "MODEL_FAILED"),
            ])
        func models(_ path: String, _ status: Int, _ code: String) async throws {
            try await HubFixture.with(["PALANTIR_REQUEST_TIMEOUT_MS": "1500"]) { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, at: path)
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.status == status, "\(answer.body)")
                #expect(answer.code == code)
                #expect(!answer.body.contains("99.90"), "an error repeats no feature value")
                #expect(try Servers.model().routes.elsewhere.load(ordering: .relaxed) == 0)
                #expect(try await fixture.hub.get("/livez").status == 200)
            }
        }

        @Test("A model that nobody serves is MODEL_UNREACHABLE; one that fails once is asked once more")
        func unreachable() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, tags: ["uri": "http://127.0.0.1:\(try Place.freePort())/predict"])
                let answer = try await fixture.hub.predict(name, "42")
                #expect(answer.status == 502)
                #expect(answer.code == "MODEL_UNREACHABLE")
                let flaky = HubFixture.name()
                try await fixture.register(flaky, at: "/flaky")
                // As many as the retry budget gives in a second.
                for _ in 0..<3 { #expect(try await fixture.hub.predict(flaky, "42").status == 200) }
            }
        }

        @Test("An id that the model forgot fails alone")
        func forgottenID() async throws {
            try await HubFixture.with { fixture in
                let name = HubFixture.name()
                try await fixture.register(name, at: "/forgetful")
                let answer = try await fixture.hub.post(
                    "/predictions", "{\"model_name\":\"\(name)\",\"ids\":[\"1\",\"2\",\"42\"]}")
                #expect(answer.status == 200)
                #expect((answer.member("predictions") as? [String: Any])?.keys.sorted() == ["1", "42"])
                let errors = answer.member("errors") as? [String: [String: String]]
                #expect(errors?.keys.sorted() == ["2"])
                #expect(errors?["2"]?["code"] == "MODEL_BAD_ANSWER")
            }
        }
    }
}
