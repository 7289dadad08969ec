import NIOCore

/// Where the hub connects to for a `uri` tag: what is listed, never to a forbidden address, and never to a service that
/// stands beside the hub, since whoever writes tags is not who runs it.
///
/// A tag's text is judged when it is parsed; the addresses of its host each time before one of them is connected to.
package struct ModelHostRules: Sendable {
    private let hosts: ModelHosts
    private let closed: [ClosedService]

    package init(hosts: ModelHosts? = nil) {
        self.init(hosts: hosts ?? .nearby, closed: [])
    }

    private init(hosts: ModelHosts, closed: [ClosedService]) {
        self.hosts = hosts
        self.closed = closed
    }

    /// The same, with one more service that no tag may name.
    package func closing(host: String, port: Int) -> ModelHostRules {
        ModelHostRules(hosts: hosts, closed: closed + [ClosedService(host: host, port: port)])
    }

    /// The same services, with another list.
    package func allowing(_ other: ModelHosts?) -> ModelHostRules {
        ModelHostRules(hosts: other ?? .nearby, closed: closed)
    }

    /// Why an address of a model is refused, as far as its text tells; nil if it does not.
    package func refusal(of uri: ModelURI) -> String? {
        if let address = uri.address {
            return refusal(of: address, port: uri.port, named: nil, beside: literals(at: uri.port))
        }
        if closed.contains(where: { $0.host == uri.host && $0.port == uri.port }) { return Self.closedReason }
        guard !hosts.allows(name: uri.host, port: uri.port), !hosts.hasNetwork(port: uri.port) else { return nil }
        return Self.unlistedReason
    }

    /// The addresses of a host that may be connected to, of those that it has.
    ///
    /// - Returns: fails with ``AddressRefused`` if there is none.
    package func permitted(
        _ addresses: [SocketAddress], of host: String, port: Int, on loop: any EventLoop
    ) -> EventLoopFuture<[SocketAddress]> {
        let near = closed.filter { $0.port == port }
        let services = EventLoopFuture.whenAllSucceed(near.map { $0.addresses(on: loop) }, on: loop)
        return services.flatMapThrowing { services in
            try AddressRefused.filter(addresses) { address in
                refusal(of: address, port: port, named: host, beside: services.flatMap(\.self))
            }
        }
    }

    private func refusal(
        of address: IPAddress, port: Int, named name: String?, beside services: [IPAddress]
    ) -> String? {
        if let reason = ForbiddenAddresses.reason(against: address) { return "its address is \(reason)" }
        if services.contains(where: { ThisMachine.isSame($0, address) }) { return Self.closedReason }
        if hosts.allows(address, port: port) { return nil }
        if let name, hosts.allows(name: name, port: port) { return nil }
        return Self.unlistedReason
    }

    private func literals(at port: Int) -> [IPAddress] {
        closed.filter { $0.port == port }.compactMap(\.literal)
    }

    private static let closedReason = "there is the hub itself, MLflow, the database or Ray"
    private static let unlistedReason = "it is not among the hosts of PALANTIR_MODEL_HOSTS"
}

/// None of a host's addresses may be connected to.
package struct AddressRefused: Error, CustomStringConvertible {
    package let description: String

    static func filter(
        _ addresses: [SocketAddress], _ refusal: (IPAddress) -> String?
    ) throws -> [SocketAddress] {
        var reason = "it has no address of TCP/IP"
        let permitted = addresses.filter { address in
            guard let parsed = IPAddress(address) else { return false }
            guard let found = refusal(parsed) else { return true }
            reason = "\(found) (\(address.ipAddress ?? "unknown"))"
            return false
        }
        guard !permitted.isEmpty else { throw AddressRefused(description: "not connected to: \(reason)") }
        return permitted
    }
}
