extension Setting where Value == LogFormat {
    package static let logFormat = Setting(
        "PALANTIR_LOG_FORMAT", flag: "log-format", type: "word", default: "auto",
        range: LogFormat.allCases.map(\.rawValue).joined(separator: ", "),
        summary: "How the log is written: text, a JSON object a line, or text on a terminal and JSON elsewhere."
    ) { LogFormat(rawValue: $0) }
}
