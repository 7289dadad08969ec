import Foundation
import NIOCore
import NIOHTTP1

extension MLflowRegistry {
    /// Asks for one registered model, as the mirror asks for all: that `/health` is green says nothing of the API.
    package func inspect(by deadline: Deadline) async -> RegistryInspection {
        async let version = version(by: deadline)
        let begin = Date()
        let answer = await client.send(
            .GET, settings.uri.base + Self.probe, headers: headers, maxAnswerBytes: Self.maxProbeBytes, by: deadline)
        let end = Date()
        let hasCredentials = settings.credentials != nil
        switch answer {
        case .failure(let failure):
            return RegistryInspection(outcome: .init(failure), hasCredentials: hasCredentials)
        case .success(let answer):
            let outcome = RegistryInspection.Outcome(status: answer.status, body: answer.body)
            let theirs = answer.headers.first(name: "date").flatMap(Self.date)
            return RegistryInspection(
                outcome: outcome, version: await version,
                clockAhead: theirs.map { Self.ahead($0, from: begin, to: end) },
                hasCredentials: hasCredentials,
                answersWithoutPath: outcome == .answers ? false : await answersWithoutPath(by: deadline))
        }
    }

    private static let probe = "/api/2.0/mlflow/registered-models/search?max_results=1"
    /// One registered model with the longest descriptions and tags.
    private static let maxProbeBytes = 16 << 20

    private func version(by deadline: Deadline) async -> String? {
        let answer = await client.send(
            .GET, settings.uri.base + "/version", headers: headers, maxAnswerBytes: 1 << 10, by: deadline)
        guard case .success(let answer) = answer, answer.status == 200 else { return nil }
        let text = String(buffer: answer.body)
        let isVersion = text.first?.isNumber == true && text.allSatisfy { $0.isASCII && !$0.isWhitespace }
        return isVersion && text.count <= 40 ? text : nil
    }

    private func answersWithoutPath(by deadline: Deadline) async -> Bool {
        guard var parts = URLComponents(string: settings.uri.base), !parts.path.isEmpty else { return false }
        parts.path = ""
        guard let base = parts.string else { return false }
        let answer = await client.send(
            .GET, base + Self.probe, headers: headers, maxAnswerBytes: Self.maxProbeBytes, by: deadline)
        guard case .success(let answer) = answer else { return false }
        return RegistryInspection.Outcome(status: answer.status, body: answer.body) == .answers
    }

    /// The header tells whole seconds, cut off, of some moment between question and answer.
    static func ahead(_ theirs: Date, from begin: Date, to end: Date) -> Duration {
        let seen = theirs.timeIntervalSince1970
        if seen + 1 < begin.timeIntervalSince1970 { return .seconds(seen + 1 - begin.timeIntervalSince1970) }
        if seen > end.timeIntervalSince1970 { return .seconds(seen - end.timeIntervalSince1970) }
        return .zero
    }

    /// RFC 9110, section 5.6.7.
    static func date(_ text: String) -> Date? {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format.date(from: text)
    }
}
