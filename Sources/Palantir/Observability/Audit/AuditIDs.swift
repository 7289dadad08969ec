import Crypto

/// How ids of entities stand in the audit log.
enum AuditIDs: Sendable {
    case plain
    /// By HMAC-SHA256: whoever has the key can find an entity's lines, and nobody can tell an id from its line.
    case hashed(SymmetricKey)

    /// Enough that two ids never share one.
    private static let bytes = 16

    func text(of id: EntityID) -> String {
        switch self {
        case .plain: return id.text
        case .hashed(let key):
            var id = id.text
            let code = id.withUTF8 { HMAC<SHA256>.authenticationCode(for: UnsafeRawBufferPointer($0), using: key) }
            return String(unsafeUninitializedCapacity: 2 * Self.bytes) { memory in
                for (index, byte) in code.prefix(Self.bytes).enumerated() {
                    memory[2 * index] = Self.digit(byte >> 4)
                    memory[2 * index + 1] = Self.digit(byte & 15)
                }
                return 2 * Self.bytes
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
