/// A piece of work that is over, as it is told to whoever collects traces. It holds no entity's id, no feature's value and
/// no message.
struct Span: Sendable {
    let context: TraceContext
    let parent: SpanID?
    let name: String
    let kind: Kind
    /// Nanoseconds since 1970.
    let start: UInt64
    let end: UInt64
    let attributes: [Attribute]
    /// Spans that belong to it and are not its parent.
    let links: [TraceContext]
    let lostLinks: Int
    let isError: Bool

    /// With OTLP's numbers.
    enum Kind: Int, Sendable {
        case `internal` = 1
        case server = 2
        case client = 3
    }
}

/// What a span tells beside its name and time; names are OpenTelemetry's where it has one.
package struct Attribute: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case text(String)
        case number(Int)
    }

    let name: String
    let value: Value

    package init(_ name: String, _ text: String) {
        self.name = name
        value = .text(text)
    }

    package init(_ name: String, _ number: Int) {
        self.name = name
        value = .number(number)
    }
}
