import Foundation
import NIOCore

/// An address of the Internet Protocol, by its value: however it was spelt, it is the same address.
///
/// An IPv4 address is the IPv6 address that it is mapped to, since that is where the system connects to for either.
package struct IPAddress: Hashable, Sendable {
    let value: UInt128

    private static let mapped = UInt128(0xFFFF) << 32

    init(value: UInt128) {
        self.value = value
    }

    init(v4: UInt32) {
        value = Self.mapped | UInt128(v4)
    }

    /// - Returns: nil for an address of a socket that is not of this protocol.
    package init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address): self.init(v4: UInt32(Self.number(in: address.address, at: 4, bytes: 4)))
        case .v6(let address): self.init(value: Self.number(in: address.address, at: 8, bytes: 16))
        case .unixDomainSocket: return nil
        }
    }

    /// By where the address stands in its structure, the same on Linux and Darwin (ip(7), ipv6(7)): which module the
    /// structures' members belong to for the compiler depends on what else is in the program.
    private static func number(in structure: some Any, at offset: Int, bytes: Int) -> UInt128 {
        withUnsafeBytes(of: structure) { $0.dropFirst(offset).prefix(bytes).reduce(0) { $0 << 8 | UInt128($1) } }
    }

    /// Parses the one spelling that there is of an IPv4 address, four decimal numbers, and those of RFC 4291 of an IPv6
    /// address, without brackets and zone.
    package init?(_ text: String) {
        // Later parsers would read the digits of other scripts, and zones, each in its own way.
        guard text.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "%") }),
            let address = try? SocketAddress(ipAddress: text, port: 0)
        else { return nil }
        self.init(address)
    }

    var v4: UInt32? { value >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: value) : nil }

    /// Addresses of this machine that need no interface.
    package var isLoopback: Bool { IPNetwork.loopback.contains { $0.contains(self) } }

    /// The IPv4 address that a gateway would go on to, for the forms that carry one (RFC 6052, 8215, 3056, 4380, 7915).
    var carried: IPAddress? {
        let low = UInt32(truncatingIfNeeded: value)
        return switch value >> 96 {
        // NAT64, its prefix for all and those for a network's own use.
        case 0x0064_FF9B: IPAddress(v4: low)
        case _ where value >> 112 == 0x2002: IPAddress(v4: UInt32(truncatingIfNeeded: value >> 80))
        case 0x2001_0000: IPAddress(v4: ~low)
        case 0 where value >> 32 == 0xFFFF_0000: IPAddress(v4: low)
        default: nil
        }
    }
}

/// Addresses that begin alike, as `10.0.0.0/8` and `fc00::/7` are written.
package struct IPNetwork: Hashable, Sendable {
    private let prefix: UInt128
    private let bits: Int

    /// - Parameter text: an address with a length of its prefix, or without one for that address alone.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        // `::ffff:10.0.0.1` is counted as it is written.
        let isShort = !parts[0].contains(":")
        let longest = isShort ? 32 : 128
        guard let length = parts.count == 1 ? longest : Self.number(parts[1]), length <= longest else { return nil }
        prefix = address.value
        bits = isShort ? length + 96 : length
    }

    package func contains(_ address: IPAddress) -> Bool {
        (address.value ^ prefix) >> (128 - bits) == 0
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    static let loopback = ["127.0.0.0/8", "::1"].compactMap(IPNetwork.init)
    /// RFC 1918 and RFC 4193.
    static let `private` = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].compactMap(IPNetwork.init)
}
