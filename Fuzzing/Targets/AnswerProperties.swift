import Foundation
import NIOCore
import Palantir

/// Labels that are found in an answer are JSON objects that stand there under this id, and the answer is JSON whole.
enum AnswerProperties {
    private static let ids = ["a", "42", "é", "x y"].compactMap(EntityID.init)

    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        let outcomes: [Result<JSONText, PalantirError>]
        do throws(PalantirError) {
            outcomes = try ValuesContract.predictions(in: ByteBuffer(bytes: input), for: ids, of: "m")
        } catch {
            try BrokenProperty.unless(error.code == .modelBadAnswer, "refused with \(error.code)")
            return
        }
        try BrokenProperty.unless(outcomes.count == ids.count, "another number of outcomes than of ids")
        try BrokenProperty.unless(JSONProperties.problem(of: input) == nil, "an answer that is no JSON")
        let predictions = predictions(input)
        for (id, outcome) in zip(ids, outcomes) {
            guard case .success(let labels) = outcome else { continue }
            let bytes = Array(labels.bytes.readableBytesView)
            try BrokenProperty.unless(JSONProperties.problem(of: bytes) == nil, "labels that are no JSON")
            try BrokenProperty.unless(bytes.first == UInt8(ascii: "{"), "labels that are no object")
            guard JSONProperties.isForFoundation(input) else { continue }
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            try BrokenProperty.unless(object != nil, "labels that Foundation refuses")
            // Foundation takes one of two `predictions`; which of them has the id is ours to see.
            guard predictions?.isWhole == true else { continue }
            try BrokenProperty.unless(
                predictions?.byID[id.text] is [String: Any], "labels of an id that Foundation does not see")
        }
    }

    /// What Foundation reads, and whether no key stands twice.
    private static func predictions(_ input: [UInt8]) -> (byID: [String: Any], isWhole: Bool)? {
        guard let answer = try? JSONSerialization.jsonObject(with: Data(input)) as? [String: Any],
            let byID = answer["predictions"] as? [String: Any]
        else { return nil }
        let text = try? JSONText(validating: ByteBuffer(bytes: input))
        return (byID, (try? text?.members(uniqueKeys: true)) != nil)
    }
}
