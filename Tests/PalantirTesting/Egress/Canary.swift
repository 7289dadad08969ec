import NIOCore
import NIOPosix
import Synchronization

/// Listens where nobody may connect to, or where nobody may say much, and keeps what comes.
package final class Canary: Sendable {
    package let port: Int
    private let channels: [any Channel]
    private let counts: Counts

    private final class Counts: Sendable {
        let connections = Atomic<Int>(0)
        let received = Mutex(ByteBuffer())
    }

    /// Connections that were made to it, with or without a byte.
    package var connections: Int { counts.connections.load(ordering: .acquiring) }
    package var received: ByteBuffer { counts.received.withLock { $0 } }
    package var bytes: Int { received.readableBytes }

    /// - Parameters:
    ///   - hosts: the addresses that it listens on.
    ///   - port: a free one by default.
    ///   - greeting: what it says to who connects; nothing by default, so that they wait and are seen.
    ///   - answer: what it says to who says anything.
    package init(
        on hosts: [String] = ["127.0.0.1", "127.0.0.2", "::1"], port: Int? = nil, greeting: ByteBuffer = ByteBuffer(),
        answer: ByteBuffer = ByteBuffer()
    ) async throws {
        let port = try port ?? Place.freePort()
        self.port = port
        let counts = Counts()
        self.counts = counts
        var channels: [any Channel] = []
        for host in hosts {
            let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    counts.connections.add(1, ordering: .releasing)
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(
                            Listener(counts: counts, greeting: greeting, answer: answer))
                    }
                }
            channels.append(try await bootstrap.bind(host: host, port: port).get())
        }
        self.channels = channels
    }

    package func stop() async {
        for channel in channels { try? await channel.close() }
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let counts: Counts
        private let greeting: ByteBuffer
        private let answer: ByteBuffer

        init(counts: Counts, greeting: ByteBuffer, answer: ByteBuffer) {
            self.counts = counts
            self.greeting = greeting
            self.answer = answer
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(greeting), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            counts.received.withLock { _ = $0.writeBuffer(&bytes) }
            if answer.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(answer), promise: nil) }
        }
    }
}
