import Palantir

extension Timeline {
    /// The header of the W3C's Server Timing: `registry;dur=0.015, features;dur=0.564, model;dur=10.529`, in
    /// milliseconds. Nil if no step was begun.
    ///
    /// Written digit by digit: formatting three numbers would cost more than the registry's step.
    var serverTiming: String? {
        let text = String(unsafeUninitializedCapacity: 96) { memory in
            var count = 0
            func append(_ byte: UInt8) {
                memory[count] = byte
                count += 1
            }
            for step in PalantirError.Step.allCases {
                // A step of more than a day, or a clock that jumped, is not worth more digits.
                guard let microseconds = nanoseconds(of: step).map({ min($0 / 1_000, 99_999_999_999) }) else {
                    continue
                }
                if count > 0 { ", ".utf8.forEach(append) }
                step.rawValue.utf8.forEach(append)
                ";dur=".utf8.forEach(append)
                var divisor: Int64 = 1_000
                while microseconds / divisor >= 10 { divisor *= 10 }
                while divisor > 0 {
                    if divisor == 100 { append(UInt8(ascii: ".")) }
                    append(UInt8(ascii: "0") + UInt8(microseconds / divisor % 10))
                    divisor /= 10
                }
            }
            return count
        }
        return text.isEmpty ? nil : text
    }
}
