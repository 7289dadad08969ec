import Foundation
import NIOFoundationCompat

/// What a log may say of an answer that is of no use, without a word of it: it may come from any server, and repeat what it
/// was sent.
enum MLflowAnswer {
    /// Its status, and MLflow's own word for the error if it has one.
    static func summary(_ answer: EgressClient.Answer) -> String {
        let failure = try? JSONDecoder().decode(MLflowMessages.Failure.self, from: answer.body)
        let code = failure?.error_code ?? ""
        let isCode =
            !code.isEmpty && code.utf8.count <= 64 && code.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F }
        return "status \(answer.status)" + (isCode ? ", \(code)" : "")
    }

    /// Where it is not as expected.
    static func flaw(_ error: any Error) -> String {
        switch error {
        case let error as JSONError: error.description
        case DecodingError.keyNotFound(let key, let context): "no \(key.stringValue)\(place(context))"
        case DecodingError.typeMismatch(_, let context): "another type\(place(context))"
        case DecodingError.valueNotFound(_, let context): "null\(place(context))"
        case DecodingError.dataCorrupted(let context): "a wrong value\(place(context))"
        default: "\(type(of: error))"
        }
    }

    private static func place(_ context: DecodingError.Context) -> String {
        context.codingPath.isEmpty ? "" : " at " + context.codingPath.map(\.stringValue).joined(separator: ".")
    }
}
