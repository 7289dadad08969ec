import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import Palantir
import PalantirTesting
import Testing

@testable import PalantirServer

@Suite("The OpenAPI description")
struct OpenAPITests {
    private static let document = OpenAPIDocument(DescriptionController.description)

    @Test("Its paths and methods are the router's and those of predictions, and so are the scopes that they take")
    func routes() async throws {
        try await RouterFixture.with { fixture in
            var expected: [String: RouteAccess] = [:]
            for route in HubRoute.all(fixture.hub) { expected["\(route.method.rawValue) \(route.path)"] = route.access }
            for route in PredictionRoute.allCases { expected["POST \(route.rawValue)"] = .scope(.predict) }
            var described: [String: RouteAccess] = [:]
            for operation in Self.document.operations {
                described["\(operation.method) \(operation.path)"] = try Self.access(of: operation)
            }
            #expect(described == expected)
        }
    }

    private static func access(of operation: OpenAPIOperation) throws -> RouteAccess {
        let security = operation.value["security"] ?? Self.document.root.read("security")
        let ways = security.elements.flatMap(\.namedValues)
        guard !ways.isEmpty else { return .open }
        #expect(ways.map(\.name) == ["bearer", "apiKey"], "\(operation.id)")
        let scopes = Set(ways.flatMap { $0.value.elements.map(\.display) })
        guard !scopes.isEmpty else { return .caller }
        #expect(scopes.count == 1, "\(operation.id)")
        let scope = try #require(scopes.first.flatMap(Scope.init(rawValue:)), "\(operation.id)")
        #expect(operation.value.text(of: "description").hasPrefix("Scope `\(scope.rawValue)`."), "\(operation.id)")
        return .scope(scope)
    }

    @Test("Its codes are the frozen list, and each stands where its status does")
    func codes() throws {
        let components = Self.document.root.read("components")
        let listed = components.read("schemas").read("Code").read("enum").elements.map(\.display)
        #expect(listed.sorted() == PalantirError.Code.allCases.map(\.rawValue).sorted())
        var told: Set<String> = []
        for operation in Self.document.operations {
            for (status, written) in operation.value.read("responses").namedValues where !status.hasPrefix("2") {
                let schema = Self.document.resolved(written).read("content").read("application/json").read("schema")
                for code in schema.read("properties").read("code").read("enum").elements.map(\.display) {
                    let statusOfCode = try #require(PalantirError.Code(rawValue: code)?.status.code, "\(code)")
                    #expect("\(statusOfCode)" == status, "\(operation.id) \(code)")
                    told.insert(code)
                }
            }
        }
        // That is told to methods that no path has, and so stands at none.
        #expect(told.union(["METHOD_NOT_ALLOWED"]) == Set(listed))
    }

    @Test("It names the program's version and the limits that the program has")
    func numbers() {
        #expect(Self.document.root.read("info").text(of: "version") == PalantirVersion.current)
        let schemas = Self.document.root.read("components").read("schemas")
        let ids = schemas.read("BatchRequest").read("properties").read("ids")
        #expect(ids.text(of: "maxItems") == "\(PredictionRequest.maximumIDs)")
        #expect(schemas.read("EntityID").text.contains("\"maxLength\": \(EntityID.maximumBytes)"))
    }

    @Test("It is served as it stands, to everybody")
    func served() async throws {
        try await RouterFixture.with { fixture in
            let (response, text) = try await fixture.ask(.get, "/openapi.json")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/json")
            #expect(try JSONText(validating: text).members().first?.value.text == "\"3.1.0\"")
            #expect(text == Self.document.root.text)
        }
    }

    @Test("The page shows every route, schema and code, and may load nothing and run nothing")
    func page() async throws {
        try await RouterFixture.with { fixture in
            let (response, html) = try await fixture.ask(.get, "/docs")
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "text/html; charset=utf-8")
            for operation in Self.document.operations {
                #expect(html.contains("<article id=\"\(operation.id)\">"))
                #expect(html.contains("<code>\(operation.path)</code>"))
            }
            for (name, _) in Self.document.root.read("components").read("schemas").namedValues {
                #expect(html.contains("<article id=\"schema-\(name)\">"))
            }
            for code in PalantirError.Code.allCases { #expect(html.contains("<code>\(code.rawValue)</code>")) }
            for link in html.matches(of: /href="#([^"]*)"/) {
                #expect(html.contains("id=\"\(link.output.1)\""), "\(link.output.1)")
            }
            for forbidden in ["<script", "src=", "href=\"http", " style=", " on", "@import", "url("] {
                #expect(!Self.markup(html).contains(forbidden), "\(forbidden)")
            }
            let style = try #require(html.firstMatch(of: /<style>([\s\S]*?)<\/style>/)?.output.1)
            let hash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()
            let policy = try #require(response.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-\(hash)'"))
            #expect(!policy.contains("unsafe"))
        }
    }

    /// The tags of a page and its style, without what people read.
    private static func markup(_ html: String) -> String {
        let tags = html.matches(of: /<[^>]*>/).map { String($0.output) }.joined()
        return tags + (html.firstMatch(of: /<style>([\s\S]*?)<\/style>/).map { String($0.output.1) } ?? "")
    }

    @Test("Texts of the description cannot become markup")
    func escaping() {
        let text = "<b onclick=\"x\">&</b>"
        let html: HTMLText = "<p>\(text)</p>"
        #expect(html.html == "<p>&lt;b onclick=&quot;x&quot;&gt;&amp;&lt;/b&gt;</p>")
        #expect(HTMLText.prose("a `<b>` c").html == "a <code>&lt;b&gt;</code> c")
    }
}
