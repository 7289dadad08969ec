import NIOCore

/// The contract `values`: `{"values":[{row},…]}` out, `{"predictions":{id:{label:value}}}` back.
enum ValuesContract {
    /// The body of a call: rows are copied as they stand.
    static func request(_ inputs: ArraySlice<ModelInput>) -> ByteBuffer {
        let size = inputs.reduce(16) { $0 + $1.row.object.bytes.readableBytes + 1 }
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        buffer.writeStaticString("{\"values\":[")
        for (index, input) in zip(inputs.indices, inputs) {
            if index > inputs.startIndex { buffer.writeStaticString(",") }
            buffer.writeJSON(input.row.object)
        }
        buffer.writeStaticString("]}")
        return buffer
    }

    /// Finds each id's labels in an answer. They are slices of it: not a value is decoded.
    static func predictions(
        in answer: ByteBuffer, for inputs: ArraySlice<ModelInput>, of model: String
    ) -> [Result<JSONText, PalantirError>] {
        var found = Found(inputs)
        do throws(JSONError) {
            try found.scan(answer)
        } catch {
            let failure = bad(model, "answered with something other than the JSON of the contract: \(error)")
            return inputs.map { _ in .failure(failure) }
        }
        guard found.hasPredictions else {
            let failure = bad(model, "answered without an object `predictions`")
            return inputs.map { _ in .failure(failure) }
        }
        return zip(inputs, found.labels).map { input, labels in
            switch labels {
            case .range(let range): return .success(JSONText(validated: answer.slice(range)))
            case .missing: return .failure(bad(model, "did not answer for the id \(input.id.text.debugDescription)"))
            case .notAnObject:
                return .failure(
                    bad(
                        model,
                        "answered for the id \(input.id.text.debugDescription) with something other than an object of labels"
                    ))
            case .twice:
                return .failure(bad(model, "answered for the id \(input.id.text.debugDescription) twice"))
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

        init(_ inputs: ArraySlice<ModelInput>) {
            positions = Dictionary(inputs.enumerated().map { ($1.id, $0) }) { first, _ in first }
            labels = Array(repeating: .missing, count: inputs.count)
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
