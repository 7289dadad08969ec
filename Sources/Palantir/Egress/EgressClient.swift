import NIOCore
import NIOHTTP1
import Synchronization

/// HTTP calls to what the operator configured or Palantir deployed: bounded in time and size, no proxy asked, no redirect
/// followed, no encoded answer inflated, no forbidden address connected to.
///
/// What is on a prediction's way has pools of its own; how connections are made is the same.
package final class EgressClient: Sendable {
    private let trust: TLSTrust
    private let pools = Mutex<[Origin: HTTPConnectionPool]>([:])

    private struct Origin: Hashable {
        let host: String
        let port: Int
        let isSecure: Bool
    }

    /// An answer, whole.
    package struct Answer: Sendable {
        package let status: Int
        package let headers: HTTPHeaders
        package let body: ByteBuffer
    }

    package enum Failure: Error, Sendable {
        /// No connection, or it broke before an answer was there. `retryable`: not a byte of an answer had come.
        case unreachable(cause: String, retryable: Bool)
        /// It may not be connected to.
        case refused(cause: String)
        case deadlineExceeded
        case answerTooLarge
        /// Compressed, though nobody asked for that.
        case answerEncoded(String)
        case cancelled
    }

    package init(trust: TLSTrust = .system) {
        self.trust = trust
    }

    package func shutdown() {
        let all = pools.withLock { pools in
            defer { pools = [:] }
            return pools.values
        }
        for pool in all { pool.close() }
    }

    /// Sends a request and gathers the whole answer.
    package func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil,
        maxAnswerBytes: Int, by deadline: Deadline
    ) async -> Result<Answer, Failure> {
        let uri: ModelURI
        do throws(Failure) {
            uri = try Self.parsed(url)
        } catch {
            return .failure(error)
        }
        var head = Self.head(method, uri, headers)
        if let body { head.headers.replaceOrAdd(name: "content-length", value: String(body.readableBytes)) }
        let (pool, prepared, cancellation) = (pool(to: uri), head, Cancellation())
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                pool.send(
                    prepared, body ?? ByteBuffer(), maxAnswerBytes: maxAnswerBytes, by: deadline,
                    cancellation: cancellation
                ) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Writes an answer's body to a file, piece by piece, so that it may be larger than the memory.
    ///
    /// - Returns: how many bytes came.
    package func download(
        _ url: String, headers: HTTPHeaders = [:], to path: String, maxBytes: Int, by deadline: Deadline
    ) async -> Result<Int, Failure> {
        let result = await deadline.limit { () -> Result<Int, Failure> in
            do throws(Failure) {
                let uri = try Self.parsed(url)
                let connector = EgressConnector(to: uri, rules: .configured, trust: self.trust)
                let download = FileDownload(connector, Self.head(.GET, uri, headers), to: path, maxBytes: maxBytes)
                return .success(try await download.run())
            } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { return .failure(.cancelled) }
        return result ?? .failure(.deadlineExceeded)
    }

    private func pool(to uri: ModelURI) -> HTTPConnectionPool {
        let (pool, old) = pools.withLock { pools -> (HTTPConnectionPool, [HTTPConnectionPool]) in
            let origin = Origin(host: uri.host, port: uri.port, isSecure: uri.isSecure)
            if let known = pools[origin] { return (known, []) }
            var old: [HTTPConnectionPool] = []
            if pools.count >= Self.maximumPools {
                old = Array(pools.values)
                pools = [:]
            }
            let new = HTTPConnectionPool(EgressConnector(to: uri, rules: .configured, trust: trust))
            pools[origin] = new
            return (new, old)
        }
        for pool in old { pool.close() }
        return pool
    }

    /// Each process of a deployed model is asked for its health at a port of its own; those that are gone are forgotten
    /// with all others, which costs the others a new connection.
    private static let maximumPools = 256

    private static func head(_ method: HTTPMethod, _ uri: ModelURI, _ headers: HTTPHeaders) -> HTTPRequestHead {
        var all: HTTPHeaders = [
            "host": uri.authority, "accept-encoding": "identity", "user-agent": "palantir",
        ]
        all.add(contentsOf: headers)
        return HTTPRequestHead(version: .http1_1, method: method, uri: uri.target, headers: all)
    }

    private static func parsed(_ url: String) throws(Failure) -> ModelURI {
        do throws(ModelURI.Problem) {
            return try ModelURI(parsing: url)
        } catch {
            throw .refused(cause: "the address \(error.reason)")
        }
    }
}
