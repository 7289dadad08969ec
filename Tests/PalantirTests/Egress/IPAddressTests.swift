import Palantir
import Testing

@Suite("Addresses of the Internet Protocol")
struct IPAddressTests {
    @Test(
        "Every spelling of an address is the same address",
        arguments: [
            ("127.0.0.1", ["::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:FFFF:7F00:0001"]),
            ("::1", ["0:0:0:0:0:0:0:1", "0000::0001"]), ("fe80::1", ["FE80:0::1"]),
        ])
    func same(_ text: String, _ others: [String]) throws {
        let address = try #require(IPAddress(text))
        for other in others { #expect(IPAddress(other) == address, "\(other)") }
    }

    @Test(
        "What only some resolvers read as an address is none",
        arguments: [
            "", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01", "127.0.0.1.", " 127.0.0.1",
            "127.0.0.1 ",
            "1.2.3", "1.2.3.4.5", "256.1.1.1", "::1%lo", "[::1]", ":::1", "1::2::3", "\u{FF11}27.0.0.1", "localhost",
        ])
    func other(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "Forbidden addresses",
        arguments: [
            "0.0.0.0", "0.1.2.3", "169.254.0.1", "169.254.169.254", "169.254.255.255", "224.0.0.1", "239.255.255.255",
            "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16", "192.0.0.192",
            "::", "fe80::1", "febf::1", "fec0::1", "ff02::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
            "fd00:42::42",
            // The same in the forms that carry an IPv4 address: mapped, compatible, NAT64, 6to4, Teredo, translated.
            "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:255.255.255.255", "::169.254.169.254", "::127.0.0.1",
            "::2",
            "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1", "64:ff9b:1::169.254.169.254", "2002:a9fe:a9fe::1",
            "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:5601:5601", "::ffff:0:169.254.169.254",
        ])
    func forbidden(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(ForbiddenAddresses.reason(against: address) != nil)
    }

    @Test(
        "Addresses where models are",
        arguments: [
            "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "8.8.8.8", "1.0.0.1",
            "169.253.1.1",
            "169.255.1.1", "223.255.255.255", "100.100.100.201", "::1", "fc00::1", "fd12:3456::1", "2606:4700::1111",
            "::ffff:10.0.0.1", "64:ff9b::8.8.8.8", "2002:808:808::1",
        ])
    func usual(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(ForbiddenAddresses.reason(against: address) == nil)
    }

    @Test(
        "Networks",
        arguments: [
            ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"], ["9.255.255.255", "11.0.0.0", "a00::"]),
            ("192.168.1.7", ["192.168.1.7"], ["192.168.1.6", "192.168.1.8"]),
            ("0.0.0.0/0", ["1.2.3.4"], ["2606:4700::1111", "::1"]), ("::/0", ["::1", "1.2.3.4"], []),
            ("fc00::/7", ["fc00::1", "fdff::1"], ["fbff::1", "fe00::1"]), ("::1", ["::1"], ["::2"]),
        ])
    func networks(_ text: String, _ inside: [String], _ outside: [String]) throws {
        let network = try #require(IPNetwork(text))
        for address in inside { #expect(network.contains(try #require(IPAddress(address))), "\(address)") }
        for address in outside { #expect(!network.contains(try #require(IPAddress(address))), "\(address)") }
    }

    @Test(
        "No networks",
        arguments: [
            "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10/8", "10.0.0.0/8/8", "/8", "x/8",
        ])
    func noNetworks(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }
}
