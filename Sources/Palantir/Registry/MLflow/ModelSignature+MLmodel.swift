import Yams

extension ModelSignature {
    /// The most bytes of a file `MLmodel` that are read: the signature of ten thousand columns is below that.
    package static let maximumMLmodelBytes = 2 << 20

    /// The signature in the text of an artifact `MLmodel`; nil if there is none, or none that can be read.
    ///
    /// Whoever may register a model writes this text, so what reads it has to end whatever it holds.
    package init?(mlmodel text: String) {
        guard text.utf8.count <= Self.maximumMLmodelBytes, Self.possibleAliases(text) <= Self.maximumAliases,
            // `compose` keeps YAML's anchors shared; `load` would unfold them, which a hostile file makes endless.
            let document = try? Yams.compose(yaml: text),
            let signature = document["signature"], signature.mapping != nil
        else { return nil }
        self.init(inputs: signature["inputs"]?.string, outputs: signature["outputs"]?.string)
    }

    /// Yams hashes a mapping's keys, and a key that is a list of aliases of lists of aliases is unfolded for that: thirty
    /// aliases are three to the tenth power of what they name, and MLflow writes none.
    private static let maximumAliases = 8

    /// Names after an asterisk that begins a word. Within a quoted text they are none, but there they are as rare.
    private static func possibleAliases(_ text: String) -> Int {
        var count = 0
        var previous = UInt8(ascii: "\n")
        for byte in text.utf8 {
            if previous == UInt8(ascii: "*"), byte > 0x20 { count += 1 }
            previous = byte
        }
        return count
    }
}
