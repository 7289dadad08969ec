import NIOCore

/// The fields of a prediction request, each valid by itself; how they go together is ``PredictionRequest``'s to judge.
struct PredictionRequestFields {
    private(set) var name: String?
    private(set) var alias: String?
    private(set) var version: Int?
    private(set) var id: EntityID?
    private(set) var ids: [EntityID]?
    private(set) var features: RequestFeaturesField?

    /// What a field's check says is wrong, carried out of the scanner's closures.
    private var problem: PalantirError?

    init(_ bytes: UnsafeRawBufferPointer, of body: ByteBuffer) throws(PalantirError) {
        var scanner = JSONScanner(bytes)
        guard let first = scanner.peek() else { throw .invalid("The body is empty; a JSON object is expected.") }
        do throws(JSONError) {
            guard first == UInt8(ascii: "{") else {
                try scanner.value()
                try scanner.end()
                throw JSONError(offset: 0, reason: .expectedObject)
            }
            var keys = UniqueJSONKeys()
            try scanner.object { scanner, token throws(JSONError) in
                let key = try token.text(in: scanner)
                try keys.insert(key, in: scanner)
                try read(key, &scanner, body)
            }
            try scanner.end()
        } catch {
            if error.reason == .expectedObject {
                throw .invalid("The body must be a JSON object such as {\"model_name\": \"churn\", \"id\": \"42\"}.")
            }
            throw .invalid("The body is not valid JSON: \(error).")
        }
        if let problem { throw problem }
    }

    private mutating func read(
        _ key: String, _ scanner: inout JSONScanner, _ body: ByteBuffer
    ) throws(JSONError) {
        switch key {
        case "model_name":
            name = try text(key, &scanner)
        case "alias":
            alias = try text(key, &scanner)
        case "version":
            version = try number(key, &scanner)
        case "id":
            id = try entityID(key, &scanner)
        case "ids":
            ids = try entityIDs(&scanner)
        case "features":
            guard scanner.peek() == UInt8(ascii: "{") else {
                return try refuse(&scanner, "The field `features` must be an object of feature values.")
            }
            features = try RequestFeaturesField(&scanner, body)
        default:
            // Unknown fields are let through, so that a newer client can talk to an older hub.
            try scanner.value(uniqueKeys: true)
        }
    }

    private mutating func text(_ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> String? {
        guard scanner.peek() == UInt8(ascii: "\"") else {
            try refuse(&scanner, "The field `\(key)` must be a text.")
            return nil
        }
        let value = try scanner.string().text(in: scanner)
        if value.isEmpty { note("The field `\(key)` is empty.") }
        return value
    }

    private mutating func number(_ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> Int? {
        let written: String
        if scanner.peek() == UInt8(ascii: "\"") {
            written = try scanner.string().text(in: scanner)
        } else {
            let range = try scanner.value(uniqueKeys: true)
            written = String(decoding: scanner.bytes[range], as: UTF8.self)
        }
        guard let version = ModelReference.version(written) else {
            note("The field `\(key)` must be a model version's number, from 1.")
            return nil
        }
        return version
    }

    private mutating func entityIDs(_ scanner: inout JSONScanner) throws(JSONError) -> [EntityID]? {
        guard scanner.peek() == UInt8(ascii: "[") else {
            try refuse(&scanner, "The field `ids` must be a list of texts or integers.")
            return nil
        }
        var ids: [EntityID] = []
        var seen: Set<EntityID> = []
        var count = 0
        try scanner.array { scanner throws(JSONError) in
            count += 1
            let id = try entityID("ids", &scanner)
            if let id, count <= PredictionRequest.maximumIDs, seen.insert(id).inserted { ids.append(id) }
        }
        if count == 0 { note("The field `ids` is an empty list.") }
        if count > PredictionRequest.maximumIDs {
            note("The field `ids` holds \(count) ids; at most \(PredictionRequest.maximumIDs) are allowed.")
        }
        return ids
    }

    /// A text, or an integer, which stands for its decimal text.
    private mutating func entityID(_ key: String, _ scanner: inout JSONScanner) throws(JSONError) -> EntityID? {
        let written: String
        if scanner.peek() == UInt8(ascii: "\"") {
            written = try scanner.string().text(in: scanner)
        } else {
            let range = try scanner.value(uniqueKeys: true)
            let slice = scanner.bytes[range]
            let digits = slice.first == UInt8(ascii: "-") ? slice.dropFirst() : slice
            guard !digits.isEmpty, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
                note("The field `\(key)` takes texts and integers only.")
                return nil
            }
            written = String(decoding: slice, as: UTF8.self)
        }
        guard let id = EntityID(written) else {
            note(
                written.isEmpty
                    ? "The field `\(key)` holds an empty id."
                    : "The field `\(key)` holds an id of over \(EntityID.maximumBytes) bytes.")
            return nil
        }
        return id
    }

    private mutating func refuse(_ scanner: inout JSONScanner, _ message: String) throws(JSONError) {
        try scanner.value(uniqueKeys: true)
        note(message)
    }

    /// The first problem is the one that is told; the scan goes on, since broken JSON comes before a wrong field.
    private mutating func note(_ message: String) {
        problem = problem ?? .invalid(message)
    }
}
