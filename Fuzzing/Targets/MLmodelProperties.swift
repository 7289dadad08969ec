import Palantir

/// Whatever stands in the file `MLmodel`, reading it ends, and gives no more than what is there.
enum MLmodelProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        guard let signature = ModelSignature(mlmodel: String(decoding: input, as: UTF8.self)) else { return }
        for text in [signature.inputs, signature.outputs].compactMap(\.self) {
            // An escape of two characters becomes at most three bytes.
            try BrokenProperty.unless(text.utf8.count <= 2 * max(input.count, 1) * 3, "more than what is there")
        }
    }
}
