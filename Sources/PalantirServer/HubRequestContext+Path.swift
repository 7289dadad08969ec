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

    /// The model and entity that the path names. The parts of other paths may be half a secret.
    var auditSubject: AuditSubject {
        guard parameters.get("file") == nil else { return AuditSubject() }
        let id = (try? pathParameter("id")).flatMap(EntityID.init)
        return AuditSubject(model: try? pathParameter("name"), ids: id.map { [$0] } ?? [])
    }
}
