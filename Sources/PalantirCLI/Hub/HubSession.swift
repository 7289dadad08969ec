import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import Palantir

/// A running hub, asked several times on kept-alive connections.
struct HubSession: Sendable {
    private let base: String
    private let client: EgressClient

    /// Longer than any deadline that the hub has by default, so that its own error arrives.
    private static let timeout = Duration.seconds(60)

    /// - Throws: `ValidationError` if the address is none; ``Failure`` if `PALANTIR_CA_FILE` cannot be read.
    init(options: HubOptions) throws {
        base = options.base
        guard BaseURL(base) != nil else {
            throw ValidationError("--url is \(base.debugDescription); an http or https address is expected.")
        }
        client = EgressClient(trust: try Self.trust())
    }

    func close() {
        client.shutdown()
    }

    /// - Returns: the answer's body, which is valid JSON, or how the hub refused.
    /// - Throws: ``Failure`` if there is no hub.
    func exchange(
        _ method: HTTPMethod, _ path: String, body: ByteBuffer? = nil
    ) async throws -> Result<JSONText, HubRefusal> {
        let result = await client.send(
            method, base + path, headers: Self.headers, body: body, maxAnswerBytes: 1 << 30, by: .after(Self.timeout))
        switch result {
        case .failure(let failure): throw unreachable(failure)
        case .success(let answer):
            let json = try? JSONText(validating: answer.body)
            if (200..<300).contains(answer.status), let json { return .success(json) }
            return .failure(HubRefusal(status: answer.status, json, hub: base))
        }
    }

    /// Whose certificates are believed, as `serve` has it.
    private static func trust() throws -> TLSTrust {
        let file = ProcessInfo.processInfo.environment[Setting<String>.authorities.description.name] ?? ""
        do throws(SettingsError) {
            return try TLSTrust(file: file.isEmpty ? nil : file)
        } catch {
            throw Failure(exitCode: .init(78), error.problems.joined(separator: "\n"))
        }
    }

    private static var headers: HTTPHeaders {
        var headers: HTTPHeaders = ["content-type": "application/json", "accept": "application/json"]
        // By the environment only: a command line is visible to everyone on the machine.
        let key = ProcessInfo.processInfo.environment[Setting<String>.apiKey.description.name] ?? ""
        if !key.isEmpty { headers.add(name: "authorization", value: "Bearer \(key)") }
        return headers
    }

    private func unreachable(_ failure: EgressClient.Failure) -> Failure {
        let why =
            switch failure {
            case .deadlineExceeded: "it did not answer within \(Self.timeout)"
            case .answerTooLarge: "its answer is too large"
            case .unreachable(let cause, _) where cause.contains("CERTIFICATE_VERIFY_FAILED"):
                "its certificate is not one that this machine trusts"
            case .answerEncoded: "its answer is compressed"
            case .refused(let cause): cause
            case .unreachable, .cancelled: "no connection"
            }
        return Failure(
            exitCode: .init(69),
            "The hub at \(base) cannot be reached: \(why). Is `palantir serve` running there? "
                + "--url or PALANTIR_URL name another.")
    }
}
