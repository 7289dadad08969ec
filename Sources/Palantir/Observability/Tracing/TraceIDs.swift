import Synchronization

/// Makes up the numbers of traces and spans: SplitMix64 over a count, from a random start. Neither a lock nor a system call.
final class TraceIDs: Sendable {
    private let start = UInt64.random(in: .min ... .max)
    private let count = Atomic<UInt64>(0)

    func trace() -> TraceID { TraceID(high: next(), low: next()) }

    func span() -> SpanID { SpanID(number: next()) }

    /// Never zero, which stands for none.
    private func next() -> UInt64 {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        var mixed = start &+ number &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return mixed == 0 ? 1 : mixed
    }
}
