/// Addresses that Palantir never connects to, whoever names them and whatever is allowed: no model, registry or cluster is
/// there, and what a cloud tells its machines at some of them opens everything else.
package enum ForbiddenAddresses {
    private static let networks: [(network: IPNetwork, what: String)] = [
        ("0.0.0.0/8", "no address of one machine"), ("::/128", "no address of one machine"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        ("fe80::/10", "link-local"), ("fec0::/10", "site-local"),
        ("224.0.0.0/4", "multicast"), ("ff00::/8", "multicast"),
        ("240.0.0.0/4", "reserved or broadcast"),
        // Alibaba, Azure, Oracle.
        ("100.100.100.200", "a cloud's metadata"), ("168.63.129.16", "a cloud's metadata"),
        ("192.0.0.192", "a cloud's metadata"),
        // Amazon, Google, Scaleway.
        ("fd00:ec2::/32", "a cloud's metadata"), ("fd20:ce::/32", "a cloud's metadata"),
        ("fd00:42::42", "a cloud's metadata"),
    ].compactMap { text, what in IPNetwork(text).map { ($0, what) } }

    /// IPv4-compatible addresses, which RFC 4291 gave up; `::1` is among them by its value only.
    private static let compatible = IPNetwork("::/96")

    /// - Returns: what is wrong with an address; nil if nothing is.
    package static func reason(against address: IPAddress) -> String? {
        if let found = networks.first(where: { $0.network.contains(address) }) { return found.what }
        if !address.isLoopback, compatible?.contains(address) == true { return "an IPv4 address in a form of the past" }
        if let carried = address.carried, carried.isLoopback || reason(against: carried) != nil {
            return "a form of an IPv4 address that is forbidden"
        }
        return nil
    }
}
