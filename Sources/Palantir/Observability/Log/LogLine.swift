import Logging
import NIOCore

/// Writes what was logged as one line, whatever stands in it: an end of a line in a text that others wrote would begin a
/// line of theirs.
enum LogLine: Sendable {
    case text
    case json

    func write(
        _ event: LogEvent, _ metadata: Logger.Metadata, logger: String, at time: Timestamp, to buffer: inout ByteBuffer
    ) {
        switch self {
        case .text: writeText(event, metadata, logger, time, &buffer)
        case .json: writeJSON(event, metadata, logger, time, &buffer)
        }
        buffer.writeStaticString("\n")
    }

    private func writeText(
        _ event: LogEvent, _ metadata: Logger.Metadata, _ logger: String, _ time: Timestamp, _ buffer: inout ByteBuffer
    ) {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let line = "\(time.text) \(event.level) \(logger):\(pairs) [\(event.source)] \(event.message)"
        buffer.writeString(line.onOneLine)
    }

    private func writeJSON(
        _ event: LogEvent, _ metadata: Logger.Metadata, _ logger: String, _ time: Timestamp, _ buffer: inout ByteBuffer
    ) {
        buffer.writeJSONObject { line in
            line.member("time", text: time.text)
            line.member("level", text: event.level.rawValue)
            line.member("message", text: event.message.description)
            line.member("logger", text: logger)
            line.member("source", text: event.source)
            // An object of its own: its names are not ours to choose.
            line.member("metadata") { $0.writeJSON(metadata) }
        }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeJSON(_ metadata: Logger.Metadata) {
        writeJSONObject { object in
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
                object.member(name) { $0.writeJSON(value) }
            }
        }
    }

    private mutating func writeJSON(_ value: Logger.Metadata.Value) {
        switch value {
        case .string(let text): writeJSON(string: text)
        case .stringConvertible(let value): writeJSON(string: value.description)
        case .dictionary(let values): writeJSON(values)
        case .array(let values): writeJSONArray(values) { $0.writeJSON($1) }
        }
    }
}

extension String {
    /// With control characters written out, which on a terminal would do more than be read.
    fileprivate var onOneLine: String {
        guard unicodeScalars.contains(where: Self.isControl) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if Self.isControl(scalar) {
                text += scalar.escaped(asASCII: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
