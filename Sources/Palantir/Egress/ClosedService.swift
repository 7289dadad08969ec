import NIOCore
import NIOPosix

/// A service beside the hub that a `uri` tag may not name: the hub itself, MLflow, the database, Ray.
struct ClosedService: Sendable {
    let host: String
    let port: Int
    private let addresses: HostAddresses

    init(host: String, port: Int) {
        self.host = host.lowercased()
        self.port = port
        addresses = HostAddresses(host: host, port: port)
    }

    /// What is known of it without asking anybody.
    var literal: IPAddress? { IPAddress(host) }

    /// - Returns: none if its name has no address now: then nobody reaches it by that name either.
    func addresses(on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        addresses.addresses(on: loop).map { $0.compactMap(IPAddress.init) }.recover { _ in [] }
    }
}

/// The addresses of this machine, by which a service that runs here is reached.
enum ThisMachine {
    static func has(_ address: IPAddress) -> Bool {
        if address.isLoopback { return true }
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.contains { $0.address.flatMap(IPAddress.init) == address }
    }

    /// Whether two addresses are one machine's, as far as can be told: a service that listens on one of this machine's
    /// mostly listens on all of them.
    static func isSame(_ one: IPAddress, _ other: IPAddress) -> Bool {
        one == other || has(one) && has(other)
    }
}
