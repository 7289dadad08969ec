import Palantir

/// A duration that parses is between nothing and a year.
enum DurationProperties {
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let text = String(decoding: input, as: UTF8.self)
        guard let duration = Duration(text: text) else { return }
        try BrokenProperty.unless(duration >= .zero && duration <= .seconds(31_536_000), "\(text) is \(duration)")
        try BrokenProperty.unless(
            Duration(text: text + text) != nil || duration > .seconds(15_768_000), "twice is none")
    }
}
