/// Where `uri` tags may point to: what `PALANTIR_MODEL_HOSTS` lists.
package struct ModelHosts: Hashable, Sendable {
    private let places: [Place]

    /// One of the list, with the ports that it allows there.
    private struct Place: Hashable, Sendable {
        enum Host: Hashable {
            case name(String)
            /// All names that end so; the point is part of it.
            case namesEnding(String)
            case network(IPNetwork)
        }

        let host: Host
        let ports: ClosedRange<Int>
    }

    private static let everyPort = 1...65_535

    /// What is allowed where nothing is set: this machine and private networks, at every port.
    package static let nearby = ModelHosts(
        places: (IPNetwork.loopback + IPNetwork.private).map { Place(host: .network($0), ports: everyPort) })

    /// The same, as it would be set.
    static let nearbyText = "127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"

    private init(places: [Place]) {
        self.places = places
    }

    /// Parses `host`, `host:port`, `*.example.com:443`, `10.0.0.0/8:8080`, `[fc00::/7]:8080` and the like, separated by
    /// commas; a port may be a range, `8000-8100`.
    package init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let places = parts.compactMap { Self.place(String($0.trimmingSpaces)) }
        guard places.count == parts.count else { return nil }
        self.places = places
    }

    /// Whether a name is listed, wherever it points to.
    package func allows(name: String, port: Int) -> Bool {
        places.contains { place in
            guard place.ports.contains(port) else { return false }
            return switch place.host {
            case .name(let listed): listed == name
            case .namesEnding(let ending): name.hasSuffix(ending)
            case .network: false
            }
        }
    }

    /// Whether an address is in a network that is listed.
    package func allows(_ address: IPAddress, port: Int) -> Bool {
        places.contains { place in
            guard case .network(let network) = place.host else { return false }
            return place.ports.contains(port) && network.contains(address)
        }
    }

    /// Whether a name that is not listed may yet have an address that is.
    package func hasNetwork(port: Int) -> Bool {
        places.contains { place in
            if case .network = place.host { place.ports.contains(port) } else { false }
        }
    }

    // MARK: -

    private static func place(_ text: String) -> Place? {
        guard let (host, ports) = split(text) else { return nil }
        if let network = IPNetwork(host) { return Place(host: .network(network), ports: ports) }
        let isPattern = host.hasPrefix("*.")
        let name = isPattern ? String(host.dropFirst(2)) : host
        guard let checked = HostName(name) else { return nil }
        return Place(host: isPattern ? .namesEnding("." + checked.text) : .name(checked.text), ports: ports)
    }

    private static func split(_ text: String) -> (host: String, ports: ClosedRange<Int>)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let inner = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            let (length, port) = rest.firstIndex(of: ":").map { (rest[..<$0], rest[$0...]) } ?? (rest, "")
            guard inner.contains(":"), length.isEmpty || length.hasPrefix("/"), let ports = ports(port) else {
                return nil
            }
            return (String(inner + length), ports)
        }
        // More than one colon: an IPv6 address without a port.
        guard text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") else {
            return (text, everyPort)
        }
        return ports(text[colon...]).map { (String(text[..<colon]), $0) }
    }

    /// - Parameter text: empty for every port, else with its colon.
    private static func ports(_ text: Substring) -> ClosedRange<Int>? {
        if text.isEmpty { return everyPort }
        let ends = text.dropFirst().split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.compactMap { ModelURI.port(String($0)) }
        guard text.hasPrefix(":"), numbers.count == ends.count, let first = numbers.first, let last = numbers.last,
            first <= last
        else { return nil }
        return first...last
    }
}
