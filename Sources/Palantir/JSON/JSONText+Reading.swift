import NIOCore

extension JSONText {
    /// As a person reads it: a text without its quotes, all else as it is written.
    package var display: String {
        bytes.withUnsafeReadableBytes { raw in
            var scanner = JSONScanner(raw)
            guard let token = try? scanner.string() else { return text }
            return (try? token.text(in: scanner)) ?? text
        }
    }

    /// A member of an object, by name.
    package subscript(_ name: String) -> JSONText? {
        (try? members())?.first { $0.name == name }?.value
    }
}
