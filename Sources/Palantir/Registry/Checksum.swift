import Foundation

/// FNV-1a, 64 bits (draft-eastlake-fnv): finds every single changed byte. Against damage, not against malice.
package enum Checksum {
    package static func of(_ data: Data) -> UInt64 {
        data.withUnsafeBytes { bytes in
            bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
    }
}
