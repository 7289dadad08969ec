import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// The addresses of a host by its name, remembered: while names cannot be resolved, the last known addresses hold.
///
/// A look-up is a blocking call of the system, which a name server that is gone keeps for many seconds: it runs on a
/// thread of its own, once for all who ask, and is not waited for when there is something to go on with.
package final class HostAddresses: Sendable {
    package typealias LookUp = @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// How long a look-up is waited for when older addresses are known.
    private static let patience = TimeAmount.milliseconds(250)

    private struct Known {
        let addresses: [SocketAddress]
        let since: ContinuousClock.Instant
    }

    private struct State {
        var known: Known?
        var underWay: EventLoopFuture<[SocketAddress]>?
    }

    private let host: String
    private let port: Int
    private let lifetime: Duration
    private let lookUp: LookUp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: the port that is to be connected to.
    ///   - lifetime: for how long addresses are used without asking again: a host that moves is found within that.
    ///   - lookUp: asks the resolver.
    package init(
        host: String, port: Int, lifetime: Duration = .seconds(5), lookUp: @escaping LookUp = HostAddresses.ofSystem
    ) {
        self.host = host
        self.port = port
        self.lifetime = lifetime
        self.lookUp = lookUp
        // An address needs no look-up, and never changes.
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            state.withLock { $0.known = Known(addresses: [address], since: .now.advanced(by: .seconds(1 << 32))) }
        }
    }

    /// - Returns: at least one address, or the look-up's failure.
    package func addresses(on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        let now = ContinuousClock.now
        let known = state.withLock { $0.known }
        if let known, known.since.duration(to: now) < lifetime { return loop.makeSucceededFuture(known.addresses) }
        let fresh = lookUpOnce(on: loop).hop(to: loop)
        guard let known else { return fresh }
        let promise = loop.makePromise(of: [SocketAddress].self)
        let timer = loop.scheduleTask(in: Self.patience) { promise.succeed(known.addresses) }
        fresh.recover { _ in known.addresses }.whenSuccess { addresses in
            timer.cancel()
            promise.succeed(addresses)
        }
        return promise.futureResult
    }

    private func lookUpOnce(on loop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        state.withLock { state in
            if let underWay = state.underWay { return underWay }
            let result = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [host, port, lookUp] in
                try lookUp(host, port)
            }
            state.underWay = result
            result.whenComplete { self.finish($0) }
            return result
        }
    }

    private func finish(_ result: Result<[SocketAddress], any Error>) {
        state.withLock { state in
            state.underWay = nil
            if case .success(let addresses) = result { state.known = Known(addresses: addresses, since: .now) }
        }
    }

    /// `getaddrinfo` of POSIX.
    @Sendable
    package static func ofSystem(_ host: String, _ port: Int) throws -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &first)
        guard status == 0 else { throw NotFound(host: host, reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(first) }
        let addresses = sequence(first: first) { $0?.pointee.ai_next }.prefix { $0 != nil }.compactMap { info in
            info?.pointee.ai_addr.flatMap { address in Self.address(address, family: info?.pointee.ai_family ?? 0) }
        }
        guard !addresses.isEmpty else { throw NotFound(host: host, reason: "no address of TCP/IP") }
        return addresses
    }

    private static func address(_ pointer: UnsafeMutablePointer<sockaddr>, family: Int32) -> SocketAddress? {
        switch family {
        case AF_INET: pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        case AF_INET6: pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
        default: nil
        }
    }

    package struct NotFound: Error, CustomStringConvertible {
        package let host: String
        package let reason: String

        package var description: String { "the name \(host) has no address: \(reason)" }
    }
}
