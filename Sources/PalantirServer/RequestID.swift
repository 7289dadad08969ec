import Synchronization

/// A request's id: the caller's own if it is short and of harmless characters, since it is written into logs and
/// headers; else one that is made up.
struct RequestID: Sendable {
    let text: String

    init(_ callers: String?, or made: RequestIDs) {
        if let callers, (1...128).contains(callers.utf8.count), callers.utf8.allSatisfy(Self.isHarmless) {
            text = callers
        } else {
            text = made.next()
        }
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "@"):
            true
        default: false
        }
    }
}

/// Makes up request ids: a prefix that tells processes apart, and a count. Random ones would cost a system call each,
/// and ids of fifteen bytes need no memory of their own.
package final class RequestIDs: Sendable {
    private let prefix = String(UInt32.random(in: 1 << 28 ... .max), radix: 16)
    private let count = Atomic<UInt32>(0)

    func next() -> String {
        "\(prefix)-\(String(count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36))"
    }
}
