import Foundation
import NIOCore
import NIOPosix

/// Posts at a fixed rate, whether or not answers come, and prints one line of JSON.
///
/// wrk is a closed loop: each of its clients waits for its answer before it asks again, so a server that stalls is also
/// asked less. Here requests are due at their times, and latency counts from then, also while all connections are taken.
@main
struct OpenLoop {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard (5...7).contains(arguments.count), let order = Order(Array(arguments)) else {
            FileHandle.standardError.write(
                Data("usage: OpenLoop <url> <bodies> <rate> <seconds> <connections> [<API key> [<file>]]\n".utf8))
            exit(64)
        }
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let report = try await loop.flatSubmit { Load(order, on: loop).run() }.get()
        print(report.json)
        if let file = order.latencies { try report.text.write(toFile: file, atomically: true, encoding: .utf8) }
    }
}

/// What is to be sent where, and how often.
struct Order: Sendable {
    let host: String
    let port: Int
    let path: String
    /// Taken in turn; from a file with one a line.
    let bodies: [ByteBuffer]
    /// Requests a second.
    let rate: Double
    let seconds: Double
    let connections: Int
    let apiKey: String?
    /// Where each latency is written, in milliseconds, one a line: those of several runs can be put together.
    let latencies: String?

    init?(_ arguments: [String]) {
        guard let url = URL(string: arguments[0]), let host = url.host, let port = url.port,
            let text = try? String(contentsOfFile: arguments[1], encoding: .utf8),
            let rate = Double(arguments[2]), rate > 0, let seconds = Double(arguments[3]),
            let connections = Int(arguments[4]), connections > 0
        else { return nil }
        (self.host, self.port, self.path) = (host, port, url.path)
        (self.rate, self.seconds, self.connections) = (rate, seconds, connections)
        apiKey = arguments.count > 5 ? arguments[5] : nil
        latencies = arguments.count > 6 ? arguments[6] : nil
        bodies = text.split(separator: "\n").map { ByteBuffer(substring: $0) }
        if bodies.isEmpty { return nil }
    }
}
