/// Where the audit log goes.
package struct AuditSettings: Hashable, Sendable {
    package let path: String
    /// Beyond it the file becomes an older one.
    package let maxBytes: Int
    /// Whether ids of entities stand there as they are.
    package let showsIDs: Bool

    package init(path: String, maxBytes: Int = 104_857_600, showsIDs: Bool = false) {
        self.path = path
        self.maxBytes = maxBytes
        self.showsIDs = showsIDs
    }
}

extension Setting where Value == String {
    package static let auditLog = Setting(
        "PALANTIR_AUDIT_LOG", flag: "audit-log", type: "path", default: "none",
        summary: "A file that tells who did what: a JSON line for each request."
    ) { $0 }
}

extension Setting where Value == Int {
    package static let auditMaxBytes = integer(
        // A line of one entity takes about 250 bytes: 400,000 of them.
        "PALANTIR_AUDIT_MAX_BYTES", flag: "audit-max-bytes", default: 104_857_600, in: 10_000...10_737_418_240,
        summary: "The audit log's largest file; beyond it a new one is begun, and five older ones are kept.")
}

extension Setting where Value == Bool {
    package static let auditIDs = flag(
        "PALANTIR_AUDIT_IDS", flag: "audit-ids", default: false,
        summary: "Whether ids of entities stand in the audit log as they are, and not as keyed hashes.")
}

extension AuditSettings {
    static let settings = [
        Setting<String>.auditLog.description, Setting<Int>.auditMaxBytes.description,
        Setting<Bool>.auditIDs.description,
    ]

    static func read(_ reading: inout SettingsReading) -> AuditSettings? {
        let (maxBytes, showsIDs) = (reading.required(.auditMaxBytes), reading.required(.auditIDs))
        guard let path = reading.value(.auditLog), let maxBytes, let showsIDs else { return nil }
        return AuditSettings(path: path, maxBytes: maxBytes, showsIDs: showsIDs)
    }
}
