import NIOCore

/// The request's `features` as written: values by feature name, or, in a batch, such objects by id. Which of the two is
/// meant is known only when the whole request has been read.
struct RequestFeaturesField {
    private let members: [(name: String, value: JSONText)]

    /// - Parameter body: the text that `scanner` walks over; values are slices of it.
    init(_ scanner: inout JSONScanner, _ body: ByteBuffer) throws(JSONError) {
        members = try scanner.members(of: body, uniqueKeys: true)
    }

    /// For a request with `id`.
    func single() throws(PalantirError) -> RequestFeatures {
        try Self.checked(members)
    }

    /// For a request with `ids`.
    func keyed(by ids: [EntityID]) throws(PalantirError) -> [EntityID: RequestFeatures] {
        let asked = Set(ids)
        var features: [EntityID: RequestFeatures] = [:]
        for (key, value) in members {
            guard let id = EntityID(key), asked.contains(id) else {
                throw .invalid("`features` holds the id \(key.debugDescription), which is not among `ids`.")
            }
            guard let values = try? value.members() else {
                throw .invalid("With `ids`, `features` must hold an object of feature values for each id.")
            }
            features[id] = try Self.checked(values)
        }
        return features
    }

    /// The id chooses the row: a value that replaced it would be answered under another entity's name.
    private static func checked(
        _ values: [(name: String, value: JSONText)]
    ) throws(PalantirError) -> RequestFeatures {
        for (name, _) in values where name == "id" || name.isEmpty {
            throw .invalid(name.isEmpty ? "`features` holds an empty name." : "`features` cannot replace the `id`.")
        }
        return RequestFeatures(values)
    }
}
