import NIOCore
import NIOPosix
import Palantir
import Testing

@Suite("Where models may be")
struct ModelHostRulesTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    private func isAllowed(_ uri: String, by hosts: String?) throws -> Bool {
        let hosts = try hosts.map { try #require(ModelHosts($0), "\($0)") }
        return try ModelHostRules(hosts: hosts).refusal(of: #require(ModelURI(uri))) == nil
    }

    @Test(
        "What a list allows",
        arguments: [
            (nil, "http://127.0.0.1:1/"), (nil, "http://10.1.2.3/"), (nil, "http://172.31.0.1/"),
            (nil, "http://[::1]:9/"),
            (nil, "http://192.168.0.1/"), (nil, "https://[fd12::1]/"), (nil, "http://model:8000/"),
            ("model:8000", "http://model:8000/x"), ("Model", "http://model:8000/x"), ("model", "https://MODEL/"),
            ("*.example.com:443", "https://a.b.example.com/"), ("a:1, 8.8.8.8:80", "http://8.8.8.8/"),
            ("8.8.0.0/16:80-90", "http://8.8.8.8:90/"), ("[2606::/16]:443", "https://[2606::1]/"),
            ("[2606::]/16:443", "https://[2606::1]/"), ("2606::/16", "https://[2606::1]:99/"),
            ("[2606::1]", "https://[2606::1]:99/"), ("10.0.0.0/8:80", "http://name:80/"),
        ] as [(String?, String)])
    func allowed(_ hosts: String?, _ uri: String) throws {
        #expect(try isAllowed(uri, by: hosts))
    }

    @Test(
        "What a list does not allow",
        arguments: [
            (nil, "http://8.8.8.8/"), (nil, "http://172.32.0.1/"), (nil, "http://[2606::1]/"),
            ("model:8000", "http://model:8001/"), ("model:8000", "http://127.0.0.1:8000/"), ("model", "http://model2/"),
            ("*.example.com", "http://example.com/"), ("*.example.com", "http://badexample.com/"),
            ("*.example.com", "http://example.com.evil.test/"), ("*.example.com:443", "http://a.example.com/"),
            ("8.8.8.8:80", "http://8.8.8.8:81/"), ("8.8.0.0/16:80-90", "http://8.8.8.8:91/"),
            ("[2606::1]:443", "http://[2606::1]:80/"), ("10.0.0.0/8:80", "http://name:81/"),
        ] as [(String?, String)])
    func refused(_ hosts: String?, _ uri: String) throws {
        #expect(try !isAllowed(uri, by: hosts))
    }

    @Test(
        "No lists",
        arguments: [
            "", ",", "a,", "a,,b", "http://a", "a:0", "a:65536", "a:1-", "a:2-1", "a:x", "a:b:c", "*", "*:80", "a.*",
            "*a",
            "127.1", "10.0.0.0/33", "10.0.0.0/8:", "[::1", "[::1]80", "[a]:80", "u@h", "a/8", "a b", "2852039166:80",
        ])
    func noLists(_ text: String) {
        #expect(ModelHosts(text) == nil)
    }

    private func permitted(
        _ addresses: [String], of name: String, port: Int = 80, by rules: ModelHostRules
    ) async throws -> [String] {
        let found = try addresses.map { try SocketAddress(ipAddress: $0, port: port) }
        return try await rules.permitted(found, of: name, port: port, on: loop).get().compactMap(\.ipAddress)
    }

    @Test("Of a name's addresses only those are connected to that are allowed")
    func resolved() async throws {
        let rules = ModelHostRules()
        let some = ["8.8.8.8", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "fd00::1"]
        #expect(try await permitted(some, of: "model", by: rules) == ["10.0.0.1", "fd00::1"])
        await #expect(throws: AddressRefused.self) {
            try await permitted(["8.8.8.8", "169.254.169.254"], of: "model", by: rules)
        }
        await #expect(throws: AddressRefused.self) { try await permitted([], of: "model", by: rules) }
    }

    @Test(
        "A listed name may lead anywhere but to a forbidden address",
        arguments: [
            "169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "0.0.0.0", "::", "64:ff9b::a9fe:a9fe",
            "255.255.255.255",
        ])
    func listedName(_ forbidden: String) async throws {
        let hosts: ModelHosts = try #require(ModelHosts("model.example"))
        let rules = ModelHostRules(hosts: hosts)
        #expect(try await permitted([forbidden, "8.8.8.8"], of: "model.example", by: rules) == ["8.8.8.8"])
        await #expect(throws: AddressRefused.self) {
            try await permitted([forbidden], of: "model.example", by: rules)
        }
    }

    @Test("Services beside the hub are refused at every address of this machine, at their port")
    func services() async throws {
        let hosts: ModelHosts = try #require(ModelHosts("0.0.0.0/0,::/0,a"))
        let rules = ModelHostRules(hosts: hosts).closing(host: "localhost", port: 5000)
            .closing(host: "10.9.8.7", port: 3306)
        for address in ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"] {
            await #expect(throws: AddressRefused.self, "\(address)") {
                try await permitted([address], of: "a", port: 5000, by: rules)
            }
            #expect(try await permitted([address], of: "a", port: 5001, by: rules) == [address])
        }
        await #expect(throws: AddressRefused.self) {
            try await permitted(["10.9.8.7"], of: "a", port: 3306, by: rules)
        }
        #expect(try await permitted(["10.9.8.6"], of: "a", port: 3306, by: rules) == ["10.9.8.6"])
        // By the text of a tag, as far as that tells.
        #expect(rules.refusal(of: try #require(ModelURI("http://LOCALHOST:5000/"))) != nil)
        #expect(rules.refusal(of: try #require(ModelURI("http://10.9.8.7:3306/"))) != nil)
        let own = rules.closing(host: "127.0.0.1", port: 3000)
        #expect(own.refusal(of: try #require(ModelURI("http://[::1]:3000/"))) != nil)
        #expect(own.refusal(of: try #require(ModelURI("http://127.0.0.1:3001/"))) == nil)
    }
}
