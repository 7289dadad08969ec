import NIOCore

/// What was found, of components and models.
package struct Diagnosis: Sendable {
    package let findings: [Finding]
    /// How long ago the oldest of them was found; nil if they are of now.
    package let age: Duration?

    package init(findings: [Finding], age: Duration? = nil) {
        self.findings = findings
        self.age = age
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeJSONObject { object in
            object.member("severity", text: findings.severity.rawValue)
            if let age { object.member("checked_seconds_ago", number: Int(age / .seconds(1))) }
            object.member("findings", array: findings) { $1.write(to: &$0) }
        }
    }
}
