import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One answer, written to a file as it comes, on a connection of its own. What the disk has not taken yet is not read from
/// the connection.
struct FileDownload: Sendable {
    private let connector: EgressConnector
    private let head: HTTPRequestHead
    private let path: String
    private let maxBytes: Int

    private static let connectTimeout = Duration.seconds(1)

    init(_ connector: EgressConnector, _ head: HTTPRequestHead, to path: String, maxBytes: Int) {
        self.connector = connector
        self.head = head
        self.path = path
        self.maxBytes = maxBytes
    }

    /// - Returns: how many bytes came.
    func run() async throws(EgressClient.Failure) -> Int {
        do {
            let channel = try await connector.connect(
                on: MultiThreadedEventLoopGroup.singleton.any(), within: Self.connectTimeout
            ).flatMapThrowing { channel in
                try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                    wrappingChannelSynchronously: channel)
            }.get()
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(.head(head))
                try await outbound.write(.end(nil))
                return try await write(inbound)
            }
        } catch let failure as EgressClient.Failure {
            throw failure
        } catch {
            throw EgressConnector.failure(error)
        }
    }

    private func write(_ parts: NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Int {
        guard FileManager.default.createFile(atPath: path, contents: nil) else {
            throw EgressClient.Failure.unreachable(cause: "\(path) cannot be created", retryable: false)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? file.close() }
        var count = 0
        for try await part in parts {
            switch part {
            case .head(let head) where (100..<200).contains(head.status.code): continue
            case .head(let head):
                guard head.status == .ok else {
                    throw EgressClient.Failure.unreachable(cause: "status \(head.status.code)", retryable: false)
                }
                if let encoding = head.contentEncoding { throw EgressClient.Failure.answerEncoded(encoding) }
            case .body(let bytes):
                count += bytes.readableBytes
                guard count <= maxBytes else { throw EgressClient.Failure.answerTooLarge }
                // A disk may be slow.
                try await NIOThreadPool.singleton.runIfActive {
                    try file.write(contentsOf: Data(bytes.readableBytesView))
                }
            case .end: return count
            }
        }
        throw EgressClient.Failure.unreachable(cause: "the connection was closed early", retryable: false)
    }
}
