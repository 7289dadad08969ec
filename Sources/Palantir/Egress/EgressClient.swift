import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// Every HTTP call that Palantir makes goes through here: bounded in time and size, no redirect followed, no encoded
/// answer inflated.
///
/// AsyncHTTPClient's defaults follow redirects, wait ten seconds for a connection, read for ever and keep connections
/// idle for a minute; each of them is set.
package struct EgressClient: Sendable {
    private let client: HTTPClient
    private let logger: Logger

    /// An answer, whole.
    package struct Answer: Sendable {
        package let status: Int
        package let body: ByteBuffer
    }

    package enum Failure: Error, Sendable {
        /// No connection, or it broke before an answer was there. `retryable`: not a byte of an answer had come.
        case unreachable(cause: String, retryable: Bool)
        case deadlineExceeded
        case answerTooLarge
        case cancelled
    }

    package init(logger: Logger) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        // A connect that takes a second on the networks that models live on does not come; the deadline is shorter or
        // longer than that, and each call has its own.
        configuration.timeout = .init(connect: .seconds(1), read: nil)
        // uvicorn closes after 5 s; a connection that it has closed must not be picked from the pool.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.enableMultipath = false
        self.client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        self.logger = logger
    }

    package func shutdown() async {
        try? await client.shutdown()
    }

    /// Sends a request and gathers the whole answer.
    package func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:], body: ByteBuffer? = nil,
        maxAnswerBytes: Int, by deadline: Deadline
    ) async -> Result<Answer, Failure> {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers = headers
        request.body = body.map { .bytes($0) }
        let prepared = request
        let result = await deadline.limit {
            await exchange(prepared, maxAnswerBytes: maxAnswerBytes, by: deadline)
        }
        if Task.isCancelled { return .failure(.cancelled) }
        return result ?? .failure(.deadlineExceeded)
    }

    private func exchange(
        _ request: HTTPClientRequest, maxAnswerBytes: Int, by deadline: Deadline
    ) async -> Result<Answer, Failure> {
        let nanoseconds = Int64(deadline.remaining / .nanoseconds(1))
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .now() + .nanoseconds(max(nanoseconds, 0)))
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            return .failure(.deadlineExceeded)
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch {
            return .failure(.unreachable(cause: "\(error)", retryable: Self.isRetryable(error)))
        }
        do {
            let body = try await response.body.collect(upTo: maxAnswerBytes)
            return .success(Answer(status: Int(response.status.code), body: body))
        } catch is NIOTooManyBytesError {
            return .failure(.answerTooLarge)
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch {
            return .failure(.unreachable(cause: "\(error)", retryable: false))
        }
    }

    /// Writes an answer's body to a file, piece by piece, so that its size does not matter.
    ///
    /// - Returns: how many bytes came.
    package func download(
        _ url: String, headers: HTTPHeaders = [:], to path: String, by deadline: Deadline
    ) async -> Result<Int, Failure> {
        let result = await deadline.limit { await write(url, headers, to: path, by: deadline) }
        if Task.isCancelled { return .failure(.cancelled) }
        return result ?? .failure(.deadlineExceeded)
    }

    private func write(
        _ url: String, _ headers: HTTPHeaders, to path: String, by deadline: Deadline
    ) async -> Result<Int, Failure> {
        var request = HTTPClientRequest(url: url)
        request.headers = headers
        let nanoseconds = Int64(deadline.remaining / .nanoseconds(1))
        do {
            let response = try await client.execute(request, deadline: .now() + .nanoseconds(max(nanoseconds, 0)))
            guard response.status == .ok else {
                return .failure(.unreachable(cause: "status \(response.status.code)", retryable: false))
            }
            guard FileManager.default.createFile(atPath: path, contents: nil) else {
                return .failure(.unreachable(cause: "\(path) cannot be created", retryable: false))
            }
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var count = 0
            for try await part in response.body {
                count += part.readableBytes
                // A disk may be slow.
                try await NIOThreadPool.singleton.runIfActive {
                    try file.write(contentsOf: Data(part.readableBytesView))
                }
            }
            return .success(count)
        } catch {
            return .failure(.unreachable(cause: "\(error)", retryable: false))
        }
    }

    /// Failures in which the request cannot have been answered, so that sending it again is safe: connecting failed,
    /// or the peer closed a kept-alive connection before a byte of an answer.
    private static func isRetryable(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError:
            error == .remoteConnectionClosed || error == .connectTimeout
        case is NIOConnectionError, is IOError: true
        default: false
        }
    }
}
