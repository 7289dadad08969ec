import NIOCore

/// The contract `values`: `{"values":[{row},…]}` out, `{"predictions":{id:{label:value}}}` back.
package enum ValuesContract {
    /// The body of a call: rows are copied as they stand.
    static func request(_ rows: [FeatureRow]) -> ByteBuffer {
        let size = rows.reduce(16) { $0 + $1.object.bytes.readableBytes + 1 }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        buffer.writeStaticString("{\"values\":[")
        for (index, row) in rows.enumerated() {
            if index > 0 { buffer.writeStaticString(",") }
            buffer.writeJSON(row.object)
        }
        buffer.writeStaticString("]}")
        return buffer
    }

    /// Finds each id's labels in an answer. They are slices of it: not a value is decoded.
    ///
    /// - Throws: `MODEL_BAD_ANSWER` for an answer that is of no use for any id.
    package static func predictions(
        in answer: ByteBuffer, for ids: [EntityID], of model: String
    ) throws(PalantirError) -> [Result<JSONText, PalantirError>] {
        var found = Found(ids)
        do throws(JSONError) {
            try found.scan(answer)
        } catch {
            throw bad(model, "answered with something other than the JSON of the contract: \(error)")
        }
        guard found.hasPredictions else {
            throw bad(model, "answered without an object `predictions`")
        }
        return zip(ids, found.labels).map { id, labels in
            switch labels {
            case .range(let range): return .success(JSONText(validated: answer.slice(range)))
            case .missing: return .failure(bad(model, "did not answer for the id \(id.text.debugDescription)"))
            case .notAnObject:
                return .failure(
                    bad(
                        model,
                        "answered for the id \(id.text.debugDescription) with something other than an object of labels"
                    ))
            case .twice:
                return .failure(bad(model, "answered for the id \(id.text.debugDescription) twice"))
            }
        }
    }

    private static func bad(_ model: String, _ what: String) -> PalantirError {
        PalantirError(.modelBadAnswer, "The model \(model.debugDescription) \(what).")
    }

    /// Where each input's labels stand in the answer.
    private struct Found {
        enum Labels {
            case missing
            case range(Range<Int>)
            case notAnObject
            case twice
        }

        private let positions: [EntityID: Int]
        private(set) var labels: [Labels]
        private(set) var hasPredictions = false

        init(_ ids: [EntityID]) {
            positions = Dictionary(ids.enumerated().map { ($1, $0) }) { first, _ in first }
            labels = Array(repeating: .missing, count: ids.count)
        }

        mutating func scan(_ answer: ByteBuffer) throws(JSONError) {
            let result = answer.withUnsafeReadableBytes { bytes -> Result<Void, JSONError> in
                var scanner = JSONScanner(bytes)
                return Result { () throws(JSONError) in
                    try self.scan(&scanner)
                    try scanner.end()
                }
            }
            try result.get()
        }

        private mutating func scan(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.object { scanner, key throws(JSONError) in
                let isPredictions = try key.text(in: scanner) == "predictions"
                guard isPredictions, scanner.peek() == UInt8(ascii: "{") else {
                    try scanner.value()
                    return
                }
                // A second `predictions` makes ids stand twice, which is told id by id.
                hasPredictions = true
                try scanner.object { scanner, key throws(JSONError) in
                    let id = EntityID(try key.text(in: scanner))
                    let isObject = scanner.peek() == UInt8(ascii: "{")
                    let range = try scanner.value()
                    guard let position = id.flatMap({ positions[$0] }) else { return }
                    if case .missing = labels[position] {
                        labels[position] = isObject ? .range(range) : .notAnObject
                    } else {
                        labels[position] = .twice
                    }
                }
            }
        }
    }
}
