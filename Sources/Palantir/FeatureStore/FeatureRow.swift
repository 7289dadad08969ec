import NIOCore

/// An entity's features as the model gets them: one JSON object, written once by the driver.
///
/// Its `id` is the entity's id as the key column holds it, a number where the column is numeric; the other columns
/// follow under their own names.
package struct FeatureRow: Hashable, Sendable {
    package let object: JSONText

    package init(object: JSONText) {
        self.object = object
    }

    /// The row with the request's values in place of the looked-up ones of the same name, new ones at the end.
    package func overridden(by features: RequestFeatures) -> FeatureRow {
        let replaced = Set(features.values.map { ExactText($0.name) })
        var buffer = ByteBuffer()
        buffer.writeStaticString("{")
        // The driver wrote the object, so reading it cannot fail; a JSON column's own keys are the table's business.
        for (name, value) in (try? object.members(uniqueKeys: false)) ?? [] where !replaced.contains(ExactText(name)) {
            buffer.writeMember(name, value)
        }
        for (name, value) in features.values {
            buffer.writeMember(name, value)
        }
        buffer.writeStaticString("}")
        return FeatureRow(object: JSONText(validated: buffer))
    }
}

extension ByteBuffer {
    /// `"name":` and a value, after a comma unless an object has just begun.
    fileprivate mutating func writeMember(_ name: String, _ value: JSONText) {
        if readableBytes > 1 { writeStaticString(",") }
        writeJSON(string: name)
        writeStaticString(":")
        writeJSON(value)
    }
}
