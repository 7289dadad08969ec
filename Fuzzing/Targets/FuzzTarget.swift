/// What is fed with hostile bytes, by libFuzzer (`make fuzz`) and, with the kept corpus, by the tests.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The bodies of `/predict`.
    case request
    /// What models answer.
    case answer
    /// Any JSON, beside Foundation's parser.
    case json
    /// `MYSQL_DSN`.
    case dsn
    /// The tags of a registered model.
    case tags
    /// The file `MLmodel` with a model's signature.
    case mlmodel
    /// The addresses of models.
    case uri
    /// Durations in settings and in the DSN.
    case duration

    /// Reads the input, and checks what must hold of the outcome.
    package func check(_ input: [UInt8]) throws(BrokenProperty) {
        switch self {
        case .request: try RequestProperties.check(input)
        case .answer: try AnswerProperties.check(input)
        case .json: try JSONProperties.check(input)
        case .dsn: try DSNProperties.check(input)
        case .tags: try TagProperties.check(input)
        case .mlmodel: try MLmodelProperties.check(input)
        case .uri: try URIProperties.check(input)
        case .duration: try DurationProperties.check(input)
        }
    }
}

/// What did not hold.
package struct BrokenProperty: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }

    package static func unless(_ holds: Bool, _ description: @autoclosure () -> String) throws(BrokenProperty) {
        guard holds else { throw BrokenProperty(description()) }
    }
}
