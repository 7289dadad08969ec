import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Opens connections to one host and port. All that Palantir connects to over HTTP is connected to here: no proxy is asked,
/// only addresses that the rules permit are tried, and nothing is sent, TLS's greeting neither, before the peer is known to
/// be one of them.
struct EgressConnector: Sendable {
    /// What a peer has to pass.
    enum Rules: Sendable {
        /// The operator's own setting, or what Palantir deployed: anywhere but at a forbidden address.
        case configured
        /// From a tag.
        case tagged(Reloadable<ModelHostRules>)
    }

    private let host: String
    private let port: Int
    private let isSecure: Bool
    private let rules: Rules
    private let trust: TLSTrust
    private let addresses: HostAddresses

    init(to uri: ModelURI, rules: Rules, trust: TLSTrust) {
        host = uri.host
        port = uri.port
        isSecure = uri.isSecure
        self.rules = rules
        self.trust = trust
        addresses = HostAddresses(host: host, port: port)
    }

    /// - Returns: a channel of an HTTP/1.1 client, which has not read anything yet when callbacks run.
    func connect(on loop: any EventLoop, within timeout: Duration) -> EventLoopFuture<any Channel> {
        let permitted = addresses.addresses(on: loop).flatMap { self.permitted($0, on: loop) }
        return ClientBootstrap(group: loop)
            .resolver(KnownAddressResolver(addresses: permitted))
            .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1))))
            .connect(host: host, port: port)
            .and(permitted)
            .flatMapThrowing { channel, permitted in
                do {
                    try self.check(channel, permitted)
                    try self.addHandlers(to: channel)
                    return channel
                } catch {
                    channel.close(promise: nil)
                    throw error
                }
            }
    }

    /// What an error in connecting means to the one who asked for it.
    static func failure(_ error: any Error) -> EgressClient.Failure {
        let refused = error as? AddressRefused ?? (error as? NIOConnectionError)?.dnsAError as? AddressRefused
        if let refused { return .refused(cause: "\(refused)") }
        return .unreachable(cause: "\(error)", retryable: true)
    }

    private func permitted(_ found: [SocketAddress], on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        switch rules {
        case .configured:
            loop.makeCompletedFuture {
                try AddressRefused.filter(found) { address in
                    ForbiddenAddresses.reason(against: address).map { "its address is \($0)" }
                }
            }
        case .tagged(let rules): rules.current.permitted(found, of: host, port: port, on: loop)
        }
    }

    /// The resolver gave nothing else; this holds whatever stands between it and the socket.
    private func check(_ channel: any Channel, _ permitted: [SocketAddress]) throws {
        guard let peer = channel.remoteAddress, permitted.contains(peer) else {
            throw AddressRefused(description: "not spoken to: the connected address is not one that was permitted")
        }
    }

    private func addHandlers(to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        if isSecure {
            // A name is checked against the certificate; an address cannot be sent as a name (RFC 6066, section 3).
            let isAddress = IPAddress(host) != nil
            try pipeline.addHandler(
                NIOSSLClientHandler(context: trust.context, serverHostname: isAddress ? nil : host))
        }
        // The only headers that are sent are ours, with a `ModelURI` for the target, which is valid.
        try pipeline.addHTTPClientHandlers(
            position: .last, leftOverBytesStrategy: .dropBytes, enableOutboundHeaderValidation: false,
            encoderConfiguration: .init())
    }
}

/// Hands a connection attempt the addresses that it may use.
private struct KnownAddressResolver: Resolver, Sendable {
    let addresses: EventLoopFuture<[SocketAddress]>

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { $0.filter { $0.protocol == .inet } }
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        addresses.map { $0.filter { $0.protocol == .inet6 } }
    }

    func cancelQueries() {}
}
