import Foundation
import NIOCore
import NIOPosix
import Palantir
import Synchronization
import Testing

@Suite("Addresses of a host")
struct HostAddressesTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    private struct Gone: Error {}

    @Test("The system's own name has addresses, another has none")
    func system() async throws {
        let addresses = try await HostAddresses(host: "localhost", port: 80).addresses(on: loop).get()
        #expect(addresses.allSatisfy { $0.port == 80 && ["127.0.0.1", "::1"].contains($0.ipAddress) })
        #expect(!addresses.isEmpty)
        await #expect(throws: HostAddresses.NotFound.self) {
            try await HostAddresses(host: "nowhere.invalid", port: 80).addresses(on: loop).get()
        }
    }

    @Test("An address is not looked up", arguments: ["127.0.0.1", "::1"])
    func literal(_ host: String) async throws {
        let addresses = HostAddresses(host: host, port: 80) { _, _ in throw Gone() }
        #expect(try await addresses.addresses(on: loop).get().map(\.ipAddress) == [host])
    }

    @Test("All who ask at once share a look-up, and its result serves for a while")
    func shared() async throws {
        let lookUps = Atomic<Int>(0)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 80)
        let addresses = HostAddresses(host: "model", port: 80, lifetime: .seconds(600)) { _, _ in
            lookUps.add(1, ordering: .relaxed)
            return [address]
        }
        let futures = (0..<20).map { _ in addresses.addresses(on: loop) }
        for future in futures { #expect(try await future.get() == [address]) }
        #expect(try await addresses.addresses(on: loop).get() == [address])
        #expect(lookUps.load(ordering: .relaxed) == 1)
    }

    @Test("While names cannot be resolved, or not soon, the last known addresses hold", arguments: [true, false])
    func stale(_ hangs: Bool) async throws {
        let lookUps = Atomic<Int>(0)
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 80)
        let addresses = HostAddresses(host: "model", port: 80, lifetime: .zero) { _, _ in
            if lookUps.add(1, ordering: .relaxed).newValue == 1 { return [address] }
            guard hangs else { throw Gone() }
            sleep(3)
            return []
        }
        for _ in 0..<3 { #expect(try await addresses.addresses(on: loop).get() == [address]) }
        #expect(lookUps.load(ordering: .relaxed) >= 2)
    }
}
