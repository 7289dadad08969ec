import NIOCore
import NIOHTTP1

/// Sends spans by OTLP/HTTP, in its JSON encoding.
struct SpanExporter: Sendable {
    private let client: EgressClient
    private let url: String
    private let headers: HTTPHeaders
    private let document: OTLPDocument

    /// Why spans were not taken.
    struct Problem: Sendable {
        let reason: String
        /// Whether the same may go well in a moment.
        let mayPass: Bool
    }

    init(_ settings: TraceSettings, client: EgressClient) {
        self.client = client
        url = settings.endpoint.text + "/v1/traces"
        headers = HTTPHeaders([("content-type", "application/json")] + settings.headers.map { ($0.name, $0.value) })
        document = OTLPDocument(service: settings.service)
    }

    /// - Returns: nil if they were taken.
    func export(_ spans: [Span], by deadline: Deadline) async -> Problem? {
        let answer = await client.send(
            .POST, url, headers: headers, body: document.body(of: spans), maxAnswerBytes: 65_536, by: deadline)
        switch answer {
        case .success(let answer) where (200..<300).contains(answer.status): return nil
        case .success(let answer):
            // As the protocol has it.
            let mayPass = [429, 502, 503, 504].contains(answer.status)
            return Problem(reason: "the collector answered with status \(answer.status)", mayPass: mayPass)
        case .failure(.unreachable(let cause, _)):
            return Problem(reason: "the collector cannot be reached: \(cause)", mayPass: true)
        case .failure(.refused(let cause)):
            return Problem(reason: "the collector is not called: \(cause)", mayPass: false)
        case .failure(.deadlineExceeded), .failure(.cancelled):
            return Problem(reason: "the collector did not answer in time", mayPass: true)
        case .failure(.answerTooLarge), .failure(.answerEncoded):
            return Problem(reason: "what answers is no collector", mayPass: false)
        }
    }
}
