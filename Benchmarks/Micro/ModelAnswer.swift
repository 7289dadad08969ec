import NIOCore
import Palantir

/// A model's answer for some ids, in which each one's labels are found.
struct ModelAnswer {
    private let ids: [EntityID]
    private let text: ByteBuffer

    init(ids count: Int) {
        ids = (1...count).compactMap { EntityID("\($0)") }
        let members = ids.map { "\"\($0.text)\":{\"0\":0.9798250591620249,\"1\":0.02017494083797508}" }
        text = ByteBuffer(string: "{\"predictions\":{\(members.joined(separator: ","))}}")
    }

    func predictions() throws(PalantirError) -> [Result<JSONText, PalantirError>] {
        try ValuesContract.predictions(in: text, for: ids, of: "churn")
    }
}
