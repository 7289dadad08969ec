import Foundation

/// Where tests find what they need, and put what they make.
package enum Place {
    /// The package's folder.
    package static let package = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The virtual environment that `make test` fills.
    package static let python = package.appendingPathComponent(".build-python/bin/python").path

    /// The `palantir` that was built with the running tests: it lies beside their binary.
    package static var palantir: String {
        let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return tests.appendingPathComponent("palantir").path
    }

    /// A new empty folder.
    package static func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("palantir-tests-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    package static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A port of the loopback address that nobody listens on.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard bound else { throw NotStarted("No free port", log: "") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
