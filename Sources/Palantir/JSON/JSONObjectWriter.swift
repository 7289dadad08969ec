import NIOCore

/// Writes one JSON object member by member into a buffer.
package struct JSONObjectWriter {
    fileprivate var buffer = ByteBuffer()
    private var isFirst = true

    fileprivate init() {}

    /// A member whose value `write` appends.
    package mutating func member(_ name: String, _ write: (inout ByteBuffer) -> Void) {
        if !isFirst { buffer.writeStaticString(",") }
        isFirst = false
        buffer.writeJSON(string: name)
        buffer.writeStaticString(":")
        write(&buffer)
    }

    package mutating func member(_ name: String, text: String?) {
        member(name) { buffer in
            if let text { buffer.writeJSON(string: text) } else { buffer.writeStaticString("null") }
        }
    }

    package mutating func member(_ name: String, number: Int?) {
        member(name) { buffer in
            if let number { buffer.writeDecimal(number) } else { buffer.writeStaticString("null") }
        }
    }

    package mutating func member(_ name: String, seconds: Duration?) {
        member(name) { buffer in
            guard let seconds else { return _ = buffer.writeStaticString("null") }
            buffer.writeString("\(((seconds / .seconds(1)) * 1_000).rounded() / 1_000)")
        }
    }

    package mutating func member(_ name: String, flag: Bool) {
        member(name) { buffer in _ = flag ? buffer.writeStaticString("true") : buffer.writeStaticString("false") }
    }

    package mutating func member(_ name: String, object: (inout JSONObjectWriter) -> Void) {
        member(name) { $0.writeJSONObject(object) }
    }

    package mutating func member<Element>(
        _ name: String, array: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void
    ) {
        member(name) { $0.writeJSONArray(array, write) }
    }
}

extension ByteBuffer {
    /// Appends a JSON object.
    package mutating func writeJSONObject(_ members: (inout JSONObjectWriter) -> Void) {
        var writer = JSONObjectWriter()
        // Exchanged there and back, so that the writer owns the memory alone: a second owner would have it copied whole,
        // once for each object.
        swap(&self, &writer.buffer)
        writer.buffer.writeStaticString("{")
        members(&writer)
        writer.buffer.writeStaticString("}")
        swap(&self, &writer.buffer)
    }

    /// Appends a JSON array.
    package mutating func writeJSONArray<Element>(
        _ elements: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void
    ) {
        writeStaticString("[")
        var isFirst = true
        for element in elements {
            if !isFirst { writeStaticString(",") }
            isFirst = false
            write(&self, element)
        }
        writeStaticString("]")
    }
}
