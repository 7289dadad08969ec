import Foundation
import FuzzTargets

/// What libFuzzer's own `main` calls for each input. The target is chosen once for the process, since libFuzzer hands
/// nothing over but bytes.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["PALANTIR_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("PALANTIR_FUZZ_TARGET is \(name.debugDescription); expected is one of \(FuzzTarget.allCases)")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(BrokenProperty) {
        try target.check(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    } catch {
        // Ends the process, which is how libFuzzer learns of a finding and keeps its input.
        fatalError("\(target.rawValue): \(error)")
    }
}
