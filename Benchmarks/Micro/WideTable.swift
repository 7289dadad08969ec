import NIOCore
import Palantir

/// A row of forty mixed columns, as the other benchmarks have it, written from a driver's memory.
struct WideTable {
    private let layout = FeatureRowLayout(key: "id", columns: ["id"] + (1...40).map { "c\($0)" })
    private let text = Array("text 12345 4".utf8)
    private let decimal = Array("3086.25".utf8)
    private let date = Array("2021-09-17".utf8)

    func row() -> ByteBuffer {
        var buffer = ByteBuffer()
        text.withUnsafeBytes { text in
            decimal.withUnsafeBytes { decimal in
                date.withUnsafeBytes { date in
                    layout.write(to: &buffer) { column, write in
                        switch column % 5 {
                        case 0: write(.integer(12_345 * Int64(column + 1)))
                        case 1: write(.double(12_345 / (Double(column) + 0.7)))
                        case 2: write(.decimal(decimal))
                        case 3: write(.text(text))
                        default: write(.text(date))
                        }
                    }
                }
            }
        }
        return buffer
    }
}
