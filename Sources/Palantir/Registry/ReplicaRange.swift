/// How many processes of a model there are to be, where the target can have several: the tags `replicas`, or
/// `min_replicas` and `max_replicas`.
package struct ReplicaRange: Hashable, Sendable {
    package let least: Int
    package let most: Int

    private static let allowed = 1...1_000

    /// - Returns: nil if the tags say nothing.
    init?(tags: ServingTags) throws(PalantirError) {
        let expected = "a number from 1 to 1000"
        func count(_ tag: String) throws(PalantirError) -> Int? {
            try tags.parse(tag, expecting: expected) { text in
                Int(text).flatMap { Self.allowed.contains($0) ? $0 : nil }
            }
        }
        let (fixed, least, most) = (try count("replicas"), try count("min_replicas"), try count("max_replicas"))
        if let fixed {
            guard least == nil, most == nil else {
                throw tags.wrong("replicas", "none beside `min_replicas` and `max_replicas`")
            }
            (self.least, self.most) = (fixed, fixed)
        } else if let most {
            (self.least, self.most) = (least ?? 1, most)
            guard self.least <= most else {
                throw tags.wrong("min_replicas", "at most `max_replicas`, which is \(most)")
            }
        } else if least != nil {
            throw tags.missing("max_replicas", "up to how many replicas there may be, with `min_replicas`")
        } else {
            return nil
        }
    }
}
