import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// An HTTP client as an application has one.
package final class TestHTTP: Sendable {
    package enum Method: String, Sendable {
        case GET, POST, PUT, DELETE, HEAD
    }

    package struct Answer: Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: String
    }

    private let client: HTTPClient
    /// Goes with each request that has none of its own; nil for none.
    private let apiKey: String?

    /// How a client speaks TLS.
    package struct TLS: Sendable {
        /// A file of authorities; nil: any certificate will do.
        let authority: String?
        let identity: TestCertificates.Pair?

        package init(authority: String?, identity: TestCertificates.Pair? = nil) {
            self.authority = authority
            self.identity = identity
        }

        fileprivate func configuration() throws -> TLSConfiguration {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let authority {
                configuration.trustRoots = .file(authority)
            } else {
                configuration.certificateVerification = .none
            }
            if let identity {
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificate)
                    .map { .certificate($0) }
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.key, format: .pem))
            }
            return configuration
        }
    }

    package convenience init(tls: TLS, apiKey: String? = nil) throws {
        self.init(try tls.configuration(), apiKey)
    }

    package convenience init() {
        self.init(nil, nil)
    }

    private init(_ tls: TLSConfiguration?, _ apiKey: String?) {
        self.apiKey = apiKey
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = tls
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
        // MLflow's uvicorn closes what is idle for five seconds, perhaps just when the next request is sent.
        configuration.connectionPool.idleTimeout = .seconds(2)
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }

    package func shutdown() async {
        try? await client.shutdown()
    }

    package func get(_ url: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send(.GET, url, headers: headers)
    }

    package func send(
        _ method: Method, _ url: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        try await send(method, url, bytes: body.map { ByteBuffer(string: $0) }, headers: headers)
    }

    package func send(
        _ method: Method, _ url: String, bytes: ByteBuffer?, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let apiKey, headers["authorization"] == nil, headers["x-api-key"] == nil {
            request.headers.add(name: "x-api-key", value: apiKey)
        }
        if let bytes {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(bytes)
        }
        let response = try await client.execute(request, timeout: .seconds(60))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            body: String(buffer: body))
    }
}
