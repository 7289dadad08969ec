/// The number of a trace: of everything that one request set going, wherever it ran.
package struct TraceID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// As it is written everywhere: 32 digits.
    package var text: String { high.sixteenDigits + low.sixteenDigits }
}

/// The number of a span: of one piece of work in a trace.
package struct SpanID: Hashable, Sendable {
    let number: UInt64

    package var text: String { number.sixteenDigits }
}

/// A span as others know it, in the W3C's Trace Context: what a caller sends in the headers `traceparent` and
/// `tracestate`, and what a model is sent.
package struct TraceContext: Hashable, Sendable {
    package let trace: TraceID
    package let span: SpanID
    /// Whether the spans of this trace are kept.
    package let isSampled: Bool
    /// What others along the way have to say to one another, as it was sent; nil for nothing.
    package let state: String?

    init(trace: TraceID, span: SpanID, isSampled: Bool, state: String?) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads a caller's headers. What is not exactly as the recommendation has it begins no trace; a `tracestate` that is
    /// not is left out alone.
    ///
    /// - Parameters:
    ///   - parents: the values of all headers `traceparent`.
    ///   - states: the same of `tracestate`.
    /// - Returns: nil if there is no such header, or more than one, or none that is right.
    package init?(parents: [String], states: [String]) {
        guard parents.count == 1, let parent = parents.first else { return nil }
        let bytes = Array(parent.utf8)
        guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = UInt64(hexadecimal: bytes[0..<2]), version != 0xff,
            let high = UInt64(hexadecimal: bytes[3..<19]), let low = UInt64(hexadecimal: bytes[19..<35]),
            let span = UInt64(hexadecimal: bytes[36..<52]), let flags = UInt64(hexadecimal: bytes[53..<55])
        else { return nil }
        // Later versions may say more behind another dash.
        guard bytes.count == 55 || version > 0 && bytes[55] == UInt8(ascii: "-") else { return nil }
        guard high != 0 || low != 0, span != 0 else { return nil }
        trace = TraceID(high: high, low: low)
        self.span = SpanID(number: span)
        isSampled = flags & 1 == 1
        state = TraceState.checked(states)
    }

    /// As it is sent.
    package var parent: String { "00-\(trace.text)-\(span.text)-\(isSampled ? "01" : "00")" }
}

extension UInt64 {
    fileprivate var sixteenDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Small digits only.
    fileprivate init?(hexadecimal digits: ArraySlice<UInt8>) {
        self = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): self = self << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): self = self << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
    }
}
