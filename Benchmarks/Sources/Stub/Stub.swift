import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A model that costs nothing: it speaks the contract and predicts 0.5 for every id, on one thread. What is measured in
/// front of it is the way to it.
@main
struct Stub {
    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8001
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(Answers())
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        try await server.closeFuture.get()
    }
}

/// Answers each request's ids.
final class Answers: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private var body = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            let answer = Self.answer(to: body)
            let headers: HTTPHeaders = [
                "content-type": "application/json", "content-length": "\(answer.readableBytes)",
            ]
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(answer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    /// Takes what stands behind each `"id":`, which is enough for the rows that the benchmarks send.
    private static func answer(to body: ByteBuffer) -> ByteBuffer {
        var answer = ByteBuffer(string: "{\"predictions\":{")
        body.withUnsafeReadableBytes { bytes in
            let mark = Array("\"id\":".utf8)
            var index = 0
            var isFirst = true
            while index + mark.count < bytes.count {
                guard bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) else {
                    index += 1
                    continue
                }
                index += mark.count
                while bytes[index] == UInt8(ascii: " ") || bytes[index] == UInt8(ascii: "\"") { index += 1 }
                let start = index
                while ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "\"")].contains(bytes[index]) { index += 1 }
                answer.writeString(isFirst ? "\"" : ",\"")
                answer.writeBytes(bytes[start..<index])
                answer.writeString("\":{\"0\":0.5,\"1\":0.5}")
                isFirst = false
                // On to the row's end: to look at each of its forty columns would cost more than the answer.
                guard let base = bytes.baseAddress, let end = memchr(base + index, 0x7D, bytes.count - index) else {
                    return
                }
                index = base.distance(to: UnsafeRawPointer(end))
            }
        }
        answer.writeString("}}")
        return answer
    }
}
