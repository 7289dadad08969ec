import Foundation
import FuzzTargets
import PalantirTesting
import Testing

@Suite("What the fuzzers found worth keeping")
struct FuzzCorpusTests {
    private static let corpus = Place.package.appendingPathComponent("Fuzzing/Corpus")

    @Test("Each input of the kept corpus leaves every property whole", arguments: FuzzTarget.allCases)
    func replay(_ target: FuzzTarget) throws {
        let folder = Self.corpus.appendingPathComponent(target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 5)
        for file in files {
            let input = try Data(contentsOf: file)
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(Array(input)) }
        }
    }

    @Test("Each input cut short, and with each byte changed, leaves them whole too", arguments: FuzzTarget.allCases)
    func neighbours(_ target: FuzzTarget) throws {
        let folder = Self.corpus.appendingPathComponent(target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files.sorted(by: { $0.path < $1.path }) {
            let input = Array(try Data(contentsOf: file).prefix(200))
            for index in input.indices {
                var changed = input
                changed[index] ^= UInt8(1 << (index % 8))
                #expect(throws: Never.self, "\(changed)") { try target.check(changed) }
                #expect(throws: Never.self, "\(input[..<index])") { try target.check(Array(input[..<index])) }
            }
        }
    }

    @Test("A property that does not hold is seen")
    func seen() {
        #expect(throws: BrokenProperty.self) { try BrokenProperty.unless(false, "it does not hold") }
    }
}
