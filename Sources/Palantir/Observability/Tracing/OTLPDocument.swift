import NIOCore

/// Writes spans as OTLP's JSON: an `ExportTraceServiceRequest`, in which ids are hexadecimal and 64-bit numbers are text.
struct OTLPDocument: Sendable {
    private let resource: [Attribute]

    /// - Parameter service: what the hub is called there.
    init(service: String) {
        resource = [
            Attribute("service.name", service), Attribute("service.version", PalantirVersion.current),
            Attribute("service.instance.id", TraceIDs().trace().text),
        ]
    }

    func body(of spans: some Sequence<Span>) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeJSONObject { document in
            document.member("resourceSpans", array: CollectionOfOne(())) { buffer, _ in
                buffer.writeJSONObject { object in
                    object.member(
                        "resource",
                        object: { resource in
                            resource.member("attributes", array: self.resource) { $0.write($1) }
                        })
                    object.member("scopeSpans", array: CollectionOfOne(())) { buffer, _ in
                        buffer.writeJSONObject { object in
                            object.member(
                                "scope",
                                object: { scope in
                                    scope.member("name", text: "palantir")
                                    scope.member("version", text: PalantirVersion.current)
                                })
                            object.member("spans", array: spans) { $0.write($1) }
                        }
                    }
                }
            }
        }
        return buffer
    }
}

extension ByteBuffer {
    /// The bit of a parent that was sent over the network, of OTLP's `SpanFlags`, and that it is known.
    private static let remoteParent = 0x300
    private static let localParent = 0x100
    /// OTLP's `STATUS_CODE_ERROR`.
    private static let errorStatus = 2

    fileprivate mutating func write(_ span: Span) {
        writeJSONObject { object in
            object.write(span.context)
            if let parent = span.parent { object.member("parentSpanId", text: parent.text) }
            let parent = span.kind == .server && span.parent != nil ? Self.remoteParent : Self.localParent
            object.member("flags", number: parent | 1)
            object.member("name", text: span.name)
            object.member("kind", number: span.kind.rawValue)
            object.member("startTimeUnixNano", text: String(span.start))
            object.member("endTimeUnixNano", text: String(span.end))
            object.member("attributes", array: span.attributes) { $0.write($1) }
            if !span.links.isEmpty {
                object.member("links", array: span.links) { buffer, link in
                    buffer.writeJSONObject { $0.write(link) }
                }
            }
            if span.lostLinks > 0 { object.member("droppedLinksCount", number: span.lostLinks) }
            if span.isError { object.member("status", object: { $0.member("code", number: Self.errorStatus) }) }
        }
    }

    fileprivate mutating func write(_ attribute: Attribute) {
        writeJSONObject { object in
            object.member("key", text: attribute.name)
            object.member(
                "value",
                object: { value in
                    switch attribute.value {
                    case .text(let text): value.member("stringValue", text: text)
                    case .number(let number): value.member("intValue", text: String(number))
                    }
                })
        }
    }
}

extension JSONObjectWriter {
    fileprivate mutating func write(_ context: TraceContext) {
        member("traceId", text: context.trace.text)
        member("spanId", text: context.span.text)
        if let state = context.state { member("traceState", text: state) }
    }
}
