import Foundation
import Hummingbird
import Palantir

extension HubRequestContext {
    /// A part of the path, percent-decoded.
    func pathParameter(_ name: String) throws(PalantirError) -> String {
        guard let raw = parameters.get(name), let text = raw.removingPercentEncoding, !text.isEmpty else {
            throw .invalid("The path's \(name) is not percent-encoded UTF-8.")
        }
        return text
    }
}
