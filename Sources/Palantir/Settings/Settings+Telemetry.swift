import Foundation

extension Setting where Value == LogFormat {
    package static let logFormat = Setting(
        "PALANTIR_LOG_FORMAT", flag: "log-format", type: "word", default: "auto",
        range: LogFormat.allCases.map(\.rawValue).joined(separator: ", "),
        summary: "How the log is written: text, a JSON object a line, or text on a terminal and JSON elsewhere."
    ) { LogFormat(rawValue: $0) }
}

/// Where traces go, and which of them.
package struct TraceSettings: Hashable, Sendable {
    package let endpoint: BaseURL
    package let headers: [Header]
    /// What the hub is called in them.
    package let service: String
    /// The part of the traces that are kept, of those that begin here; 1 is all.
    package let sample: Double

    package struct Header: Hashable, Sendable {
        package let name: String
        package let value: String
    }

    package init(endpoint: BaseURL, headers: [Header] = [], service: String = "palantir", sample: Double = 1) {
        self.endpoint = endpoint
        self.headers = headers
        self.service = service
        self.sample = sample
    }
}

/// The first three are OpenTelemetry's own, so that one environment serves all programs.
extension Setting where Value == BaseURL {
    package static let traceEndpoint = Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", flag: "otlp-endpoint", type: "http(s) address", default: "none",
        summary: "The collector that traces are sent to by OTLP/HTTP, such as http://127.0.0.1:4318; none: no traces."
    ) { BaseURL($0) }
}

extension Setting where Value == [TraceSettings.Header] {
    package static let traceHeaders = Setting(
        "OTEL_EXPORTER_OTLP_HEADERS", type: "list of name=value", default: "none",
        range: "separated by commas, values percent-encoded", secret: true,
        summary: "Headers that the collector wants to see, such as its key."
    ) { text in
        let headers = text.split(separator: ",").map { TraceSettings.Header(String($0.trimmingSpaces)) }
        return headers.contains(nil) ? nil : headers.compactMap(\.self)
    }
}

extension Setting where Value == String {
    package static let traceService = Setting(
        "OTEL_SERVICE_NAME", flag: "service-name", type: "text", default: "palantir",
        summary: "What the hub is called in traces."
    ) { $0 }
}

extension Setting where Value == Double {
    package static let traceSample = Setting(
        "PALANTIR_TRACE_SAMPLE", flag: "trace-sample", type: "number", default: "1", range: "0 to 1",
        summary: "The part of the traces that is kept; a caller that sends traceparent decides for its own."
    ) { text in
        Double(text).flatMap { (0...1).contains($0) ? $0 : nil }
    }
}

extension TraceSettings.Header {
    /// - Returns: nil for what no HTTP header may be.
    fileprivate init?(_ pair: String) {
        guard let end = pair.firstIndex(of: "="),
            let value = String(pair[pair.index(after: end)...]).removingPercentEncoding
        else { return nil }
        let name = pair[..<end].trimmingSpaces.lowercased()
        let marks = Set("!#$%&'*+-.^_`|~")
        guard !name.isEmpty, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) || marks.contains($0) }),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        self.init(name: name, value: String(value.trimmingSpaces))
    }
}

extension TraceSettings {
    static func read(_ reading: inout SettingsReading) -> TraceSettings? {
        let (headers, service) = (reading.value(.traceHeaders), reading.required(.traceService))
        let sample = reading.required(.traceSample)
        guard let endpoint = reading.value(.traceEndpoint), let service, let sample else { return nil }
        return TraceSettings(endpoint: endpoint, headers: headers ?? [], service: service, sample: sample)
    }
}
