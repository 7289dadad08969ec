import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import Palantir

/// What the commands that talk to a running hub have in common.
struct HubOptions: ParsableArguments {
    @Option(help: "The hub's address; default: PALANTIR_URL, else http://127.0.0.1:3000.") var url: String?
    @Flag(help: "Print the hub's JSON answer instead of a table.") var json = false

    var base: String {
        let set = ProcessInfo.processInfo.environment["PALANTIR_URL"].flatMap { $0.isEmpty ? nil : $0 }
        let text = url ?? set ?? "http://127.0.0.1:3000"
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// A running hub, asked over HTTP.
struct HubClient {
    let options: HubOptions

    /// Longer than any deadline that the hub has by default, so that its own error arrives.
    private static let timeout = Duration.seconds(60)

    /// - Returns: the answer's body, which is valid JSON.
    /// - Throws: ``Failure`` with the hub's own words if it answers with an error.
    func send(_ method: HTTPMethod, _ path: String, body: ByteBuffer? = nil) async throws -> JSONText {
        guard BaseURL(options.base) != nil else {
            throw ValidationError("--url is \(options.base.debugDescription); an http or https address is expected.")
        }
        let client = EgressClient(trust: try trust())
        let result = await client.send(
            method, options.base + path, headers: headers, body: body, maxAnswerBytes: 1 << 30, by: .after(Self.timeout)
        )
        client.shutdown()
        switch result {
        case .failure(let failure): throw unreachable(failure)
        case .success(let answer):
            let json = try? JSONText(validating: answer.body)
            guard (200..<300).contains(answer.status), let json else { throw refused(answer.status, json) }
            return json
        }
    }

    /// Whose certificates are believed, as `serve` has it.
    private func trust() throws -> TLSTrust {
        let file = ProcessInfo.processInfo.environment[Setting<String>.authorities.description.name] ?? ""
        do throws(SettingsError) {
            return try TLSTrust(file: file.isEmpty ? nil : file)
        } catch {
            throw Failure(exitCode: .init(78), error.problems.joined(separator: "\n"))
        }
    }

    private var headers: HTTPHeaders {
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
            "The hub at \(options.base) cannot be reached: \(why). Is `palantir serve` running there? "
                + "--url or PALANTIR_URL name another.")
    }

    private func refused(_ status: Int, _ json: JSONText?) -> Failure {
        let members = (try? json?.members()) ?? []
        func text(_ name: String) -> String? { members.first { $0.name == name }?.value.display }
        guard let code = text("code"), let error = text("error") else {
            return Failure(
                exitCode: .failure, "\(options.base) answered with status \(status) and not as a hub does.")
        }
        return Failure(exitCode: .failure, "\(error) (\(code), request \(text("request_id") ?? "unknown"))")
    }

    /// A part of a path.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "\0"..."\u{7F}")))
            ?? ""
    }
}
