import Palantir
import PalantirTesting
import Testing

@Suite("Addresses of models")
struct ModelURITests {
    @Test(
        "What is connected to, asked for and sent as Host",
        arguments: [
            ("http://127.0.0.1:8001/predict", "127.0.0.1", 8001, "/predict", "127.0.0.1:8001"),
            ("HTTPS://Model.Example/v1/x?a=%20b", "model.example", 443, "/v1/x?a=%20b", "model.example"),
            ("http://[::1]:80/", "::1", 80, "/", "[::1]"),
            ("http://[FD00::A]:8080", "fd00::a", 8080, "/", "[fd00::a]:8080"),
            (
                "http://model_a.default.svc.cluster.local?x", "model_a.default.svc.cluster.local", 80, "/?x",
                "model_a.default.svc.cluster.local"
            ),
            (
                "https://xn--bcher-kva.example:8443/a;b,c/(d)", "xn--bcher-kva.example", 8443, "/a;b,c/(d)",
                "xn--bcher-kva.example:8443"
            ),
            ("http://h/x@y:z", "h", 80, "/x@y:z", "h"),
        ])
    func parsed(_ text: String, _ host: String, _ port: Int, _ target: String, _ authority: String) throws {
        let uri = try #require(ModelURI(text))
        #expect(uri.text == text)
        #expect((uri.host, uri.port) == (host, port))
        #expect((uri.target, uri.authority) == (target, authority))
        #expect(uri.isSecure == text.lowercased().hasPrefix("https"))
    }

    @Test(
        "What is no address of a model",
        arguments: [
            "", "http", "http://", "http:///x", "http://:80/", "http://h:/", "http://h:0", "http://h:65536",
            "http://h:8a",
            "http://h:80:80", "http://a..b/", "http://.a/", "http://a./", "http://a b/", "http://ä/", "http://h/ä",
            "http://h/a b", "http://u@h/", "http://u:p@h/", "http://h/#", "http://h#f", "http://[::1", "http://::1/",
            "http://[]/", "http://[h]/", "http://h]/", "http://\(String(repeating: "a", count: 64))/", "httpx://h/",
            "http://h\\x/", "http://h^/", "http://1.2.3/", "http://a.1/", "http://0x1f/", "http://a.0x/", "http://*/",
        ])
    func refused(_ text: String) {
        #expect(ModelURI(text) == nil)
    }

    @Test(
        "Names that look like numbers and are none are names",
        arguments: ["h1", "1h", "1.model", "0x1g", "2852039166a"])
    func names(_ host: String) {
        #expect(ModelURI("http://\(host)/")?.host == host)
    }

    @Test("No hostile address passes by its text, but for those that only their resolution tells")
    func hostile() throws {
        let hosts: ModelHosts = try #require(ModelHosts("10.0.0.0/8,127.0.0.1:9"))
        let rules = ModelHostRules(hosts: hosts)
        let all = HostileURL.all(canary: 41_999)
        #expect(all.count >= 30)
        for url in all {
            let isRefused = ModelURI(url.text).map { rules.refusal(of: $0) != nil } ?? true
            #expect(isRefused == url.isPlain, "\(url.text.debugDescription)")
        }
    }

    @Test("Addresses of metadata are refused whatever is allowed", arguments: HostileURL.metadata)
    func metadata(_ url: HostileURL) throws {
        let hosts: ModelHosts = try #require(ModelHosts("0.0.0.0/0, ::/0, 169.254.169.254:80"))
        let rules = ModelHostRules(hosts: hosts)
        #expect(ModelURI(url.text).map { rules.refusal(of: $0) != nil } ?? true)
    }
}
