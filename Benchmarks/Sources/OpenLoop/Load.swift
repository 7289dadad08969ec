import NIOCore
import NIOHTTP1
import NIOPosix

/// The requests' times, the connections that are free, and the requests that wait for one. All on one event loop.
final class Load {
    private let order: Order
    private let loop: any EventLoop
    private let requests: [(head: HTTPRequestHead, body: ByteBuffer)]
    private let finished: EventLoopPromise<Report>
    private var report: Report
    private var start = NIODeadline.now()
    private var due = 0
    /// First in, first out: the last one used first would leave most connections, and the workers behind them, unused.
    private var free = CircularBuffer<Caller>()
    private var waiting = CircularBuffer<NIODeadline>()
    private var underWay: [ObjectIdentifier: NIODeadline] = [:]
    private var isOver = false

    /// How long answers are waited for after the last request.
    private static let patience = TimeAmount.seconds(5)

    init(_ order: Order, on loop: any EventLoop) {
        self.order = order
        self.loop = loop
        requests = order.bodies.map { body in
            var headers: HTTPHeaders = [
                "host": "\(order.host):\(order.port)", "content-type": "application/json",
                "content-length": "\(body.readableBytes)",
            ]
            if let key = order.apiKey { headers.add(name: "x-api-key", value: key) }
            return (HTTPRequestHead(version: .http1_1, method: .POST, uri: order.path, headers: headers), body)
        }
        finished = loop.makePromise()
        report = Report(order)
    }

    func run() -> EventLoopFuture<Report> {
        let connected = (0..<order.connections).map { _ in connect() }
        EventLoopFuture.andAllSucceed(connected, on: loop).assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                self.start = .now()
                self.tick()
            case .failure(let error):
                self.isOver = true
                self.finished.fail(error)
            }
        }
        return finished.futureResult
    }

    private func connect() -> EventLoopFuture<Void> {
        let load = NIOLoopBound(self, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(Caller(load.value))
                }
            }
            .connect(host: order.host, port: order.port).map { _ in }
    }

    private func time(of number: Int) -> NIODeadline {
        start + .nanoseconds(Int64(Double(number) / order.rate * 1e9))
    }

    /// Sends, or lets wait, what is due by now.
    private func tick() {
        let now = NIODeadline.now()
        let end = start + .nanoseconds(Int64(order.seconds * 1e9))
        var next = time(of: due)
        while next <= now, next < end {
            waiting.append(next)
            due += 1
            next = time(of: due)
        }
        sendWaiting()
        if next < end {
            loop.assumeIsolated().scheduleTask(deadline: next) { self.tick() }
        } else {
            loop.assumeIsolated().scheduleTask(deadline: end + Self.patience) { self.finish() }
            report.isLast = true
            finishIfAnswered()
        }
    }

    private func sendWaiting() {
        while let caller = free.first, let intended = waiting.popFirst() {
            free.removeFirst()
            underWay[ObjectIdentifier(caller)] = intended
            let request = requests[report.sent % requests.count]
            report.sent += 1
            caller.send(request.head, request.body)
        }
    }

    private func finishIfAnswered() {
        if report.isLast, waiting.isEmpty, underWay.isEmpty { finish() }
    }

    /// What was not answered counts as an error, and with the time that it has waited so far.
    private func finish() {
        guard !isOver else { return }
        isOver = true
        let now = NIODeadline.now()
        for intended in Array(underWay.values) + Array(waiting) { report.add(now - intended, isError: true) }
        finished.succeed(report)
    }

    // MARK: What callers tell

    func isFree(_ caller: Caller) {
        guard !isOver else { return }
        free.append(caller)
        sendWaiting()
    }

    func answered(_ caller: Caller, isError: Bool) {
        guard !isOver, let intended = underWay.removeValue(forKey: ObjectIdentifier(caller)) else { return }
        let now = NIODeadline.now()
        report.add(now - intended, isError: isError)
        if !isError, now <= start + .nanoseconds(Int64(order.seconds * 1e9)) { report.answeredInTime += 1 }
        finishIfAnswered()
    }

    func isLost(_ caller: Caller) {
        guard !isOver else { return }
        free.removeAll { $0 === caller }
        answered(caller, isError: true)
        if !isOver { _ = connect() }
    }
}
