import ArgumentParser
import Foundation
import NIOCore
import NIOHTTP1
import Palantir

/// What the commands that talk to a running hub have in common.
struct HubOptions: ParsableArguments {
    @Option(help: "The hub's address; default: PALANTIR_URL, else http://127.0.0.1:3000.") var url: String?
    @Flag(help: "Print JSON instead of a table.") var json = false

    var base: String {
        let set = ProcessInfo.processInfo.environment["PALANTIR_URL"].flatMap { $0.isEmpty ? nil : $0 }
        let text = url ?? set ?? "http://127.0.0.1:3000"
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}

/// A running hub, asked once over HTTP.
struct HubClient {
    let options: HubOptions

    /// - Returns: the answer's body, which is valid JSON.
    /// - Throws: ``Failure`` with the hub's own words if it answers with an error.
    func send(_ method: HTTPMethod, _ path: String, body: ByteBuffer? = nil) async throws -> JSONText {
        let session = try HubSession(options: options)
        defer { session.close() }
        switch try await session.exchange(method, path, body: body) {
        case .success(let answer): return answer
        case .failure(let refusal): throw refusal.failure
        }
    }

    /// A part of a path.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "\0"..."\u{7F}")))
            ?? ""
    }
}
