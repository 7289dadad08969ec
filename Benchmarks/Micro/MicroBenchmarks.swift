import NIOCore
import Palantir

/// Does one piece of the hot path so many times, for `Benchmarks/micro.py` to count the instructions of.
@main
struct MicroBenchmarks {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let piece = Piece(rawValue: arguments[1]), let times = Int(arguments[2]) else {
            let pieces = Piece.allCases.map(\.rawValue).joined(separator: "|")
            print("usage: MicroBenchmarks \(pieces) TIMES")
            return
        }
        var total = 0
        switch piece {
        case .row:
            let table = WideTable()
            for _ in 0..<times { total += table.row().readableBytes }
        case .answer:
            let answer = ModelAnswer(ids: 100)
            for _ in 0..<times { total += try answer.predictions().count }
        case .request:
            let body = ByteBuffer(string: #"{"model_name":"churn","id":"12345"}"#)
            for _ in 0..<times { total += try PredictionRequest(json: body).ids.count }
        case .requestOfThousand:
            let ids = (1...1_000).map { "\"\($0)\"" }.joined(separator: ",")
            let body = ByteBuffer(string: #"{"model_name":"churn","ids":[\#(ids)]}"#)
            for _ in 0..<times { total += try PredictionRequest(json: body).ids.count }
        case .batcher:
            let endpoint = try ImmediateModel.endpoint()
            let inputs = ImmediateModel.inputs
            for _ in 0..<times { total += await endpoint.invoke(inputs, by: .distant).count }
        }
        // Printed, so that nothing is left out for want of use.
        print(total)
    }

    enum Piece: String, CaseIterable {
        case row, answer, request, batcher
        case requestOfThousand = "request-1000"
    }
}

extension Deadline {
    fileprivate static let distant = Deadline.after(.seconds(3_600))
}
