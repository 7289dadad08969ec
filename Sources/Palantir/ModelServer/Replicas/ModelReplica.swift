import NIOCore
import NIOHTTP1

/// One address of a model's API, with its connections.
struct ModelReplica: Sendable {
    let uri: ModelURI
    private let pool: HTTPConnectionPool
    private let headers: HTTPHeaders

    /// - Parameter secret: what a model that the hub runs wants to see with each request.
    init(_ uri: ModelURI, secret: String? = nil, connectors: (ModelURI) -> EgressConnector) {
        self.uri = uri
        pool = HTTPConnectionPool(connectors(uri))
        var headers: HTTPHeaders = [
            "host": uri.authority, "content-type": "application/json", "accept": "application/json",
            // Without it a server may choose any encoding (RFC 9110, section 12.5.3).
            "accept-encoding": "identity", "user-agent": "palantir",
        ]
        if let secret { headers.add(name: "x-palantir-secret", value: secret) }
        self.headers = headers
    }

    /// Posts a body and calls back with the whole answer. The model is told how many milliseconds are left.
    ///
    /// - Parameter trace: what the model's own spans are to stand below.
    func post(
        _ body: ByteBuffer, trace: TraceContext?, maxAnswerBytes: Int, by deadline: Deadline,
        cancellation: Cancellation,
        _ completion: @escaping HTTPConnection.Completion
    ) {
        let milliseconds = max(Int(deadline.remaining / .milliseconds(1)), 0)
        var headers = headers
        headers.add(name: "content-length", value: String(body.readableBytes))
        headers.add(name: "x-request-timeout-ms", value: String(milliseconds))
        if let trace {
            headers.add(name: "traceparent", value: trace.parent)
            if let state = trace.state { headers.add(name: "tracestate", value: state) }
        }
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: uri.target, headers: headers)
        pool.send(
            head, body, maxAnswerBytes: maxAnswerBytes, by: deadline, cancellation: cancellation, completion)
    }

    func close() {
        pool.close()
    }
}
