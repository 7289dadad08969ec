import NIOCore

extension PredictionRequest {
    /// Parses the body of `/predict` and `/predictions`.
    ///
    /// - Throws: `INVALID_REQUEST`, naming what is wrong.
    package init(json body: ByteBuffer) throws(PalantirError) {
        let fields = body.withUnsafeReadableBytes { bytes in
            Result { () throws(PalantirError) in try PredictionRequestFields(bytes, of: body) }
        }
        try self.init(fields: try fields.get())
    }

    private init(fields: PredictionRequestFields) throws(PalantirError) {
        guard let name = fields.name else { throw .invalid("The field `model_name` is missing.") }
        let choice: ModelReference.Choice
        switch (fields.alias, fields.version) {
        case (nil, nil): choice = .served
        case (let alias?, nil): choice = .alias(alias)
        case (nil, let version?): choice = .version(version)
        default: throw .invalid("Give `alias` or `version`, not both.")
        }
        let model = ModelReference(name: name, choice: choice)
        switch (fields.id, fields.ids) {
        case (let id?, nil):
            let features = try fields.features.map { features throws(PalantirError) in [id: try features.single()] }
            self.init(model: model, ids: [id], features: features ?? [:])
        case (nil, let ids?):
            let features = try fields.features.map { features throws(PalantirError) in try features.keyed(by: ids) }
            self.init(model: model, ids: ids, features: features ?? [:])
        case (nil, nil): throw .invalid("The field `id` (or `ids`, a list) is missing.")
        default: throw .invalid("Give `id` or `ids`, not both.")
        }
    }
}

extension PalantirError {
    package static func bodyTooLarge(limit: Int) -> PalantirError {
        PalantirError(.bodyTooLarge, "The request's body is over \(limit) bytes; ask for fewer ids at once.")
    }

    package static func invalid(_ message: String) -> PalantirError {
        PalantirError(.invalidRequest, message)
    }
}
