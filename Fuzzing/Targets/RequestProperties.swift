import NIOCore
import Palantir

/// A request that parses keeps its promises, is JSON, and written anew it parses to the same.
enum RequestProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let request: PredictionRequest
        do throws(PalantirError) {
            request = try PredictionRequest(json: ByteBuffer(bytes: input))
        } catch {
            try BrokenProperty.unless(error.code == .invalidRequest, "refused with \(error.code)")
            return
        }
        try BrokenProperty.unless(JSONProperties.problem(of: input) == nil, "a request that is no JSON")
        try BrokenProperty.unless(
            (1...PredictionRequest.maximumIDs).contains(request.ids.count), "a wrong number of ids")
        try BrokenProperty.unless(Set(request.ids).count == request.ids.count, "an id stands twice")
        for id in request.ids {
            try BrokenProperty.unless((1...EntityID.maximumBytes).contains(id.text.utf8.count), "a wrong id")
        }
        try BrokenProperty.unless(Set(request.features.keys).isSubset(of: request.ids), "features of nobody")
        for features in request.features.values {
            for (name, value) in features.values {
                try BrokenProperty.unless(name != "id" && !name.isEmpty, "a feature that takes the id's place")
                try BrokenProperty.unless(
                    JSONProperties.problem(of: Array(value.bytes.readableBytesView)) == nil, "a value that is no JSON")
            }
        }
        guard let again = try? PredictionRequest(json: written(request)) else {
            throw BrokenProperty("written anew it does not parse")
        }
        try BrokenProperty.unless(again.model == request.model, "written anew it is for another model")
        try BrokenProperty.unless(again.ids == request.ids, "written anew it has other ids")
        try BrokenProperty.unless(
            again.features.mapValues(texts) == request.features.mapValues(texts), "written anew it has other features")
    }

    private static func written(_ request: PredictionRequest) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeJSONObject { object in
            object.member("model_name", text: request.model.name.text)
            switch request.model.choice {
            case .served: break
            case .alias(let alias): object.member("alias", text: alias)
            case .version(let version): object.member("version", number: version)
            }
            object.member("ids", array: request.ids) { $0.writeJSON(string: $1.text) }
            guard !request.features.isEmpty else { return }
            object.member("features") { features in
                features.writeJSONObject { byID in
                    for (id, features) in request.features {
                        byID.member(id.text) { $0.writeJSONObject { values in write(features, &values) } }
                    }
                }
            }
        }
        return body
    }

    private static func write(_ features: RequestFeatures, _ object: inout JSONObjectWriter) {
        for (name, value) in features.values { object.member(name) { $0.writeJSON(value) } }
    }

    private static func texts(_ features: RequestFeatures) -> [[ExactText]] {
        features.values.map { [ExactText($0.name), ExactText($0.value.text)] }
    }
}
