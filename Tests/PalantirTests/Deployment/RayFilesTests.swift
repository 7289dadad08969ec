import Foundation
import NIOCore
import PalantirTesting
import Testing

@testable import Palantir

@Suite("What Ray fetches from the hub")
struct RayFilesTests {
    @Test("The checksum is that of zip files")
    func checksum() {
        var crc = CRC32()
        Array("12345".utf8).withUnsafeBytes { crc.update($0) }
        Array("6789".utf8).withUnsafeBytes { crc.update($0) }
        #expect(crc.value == 0xCBF4_3926)
    }

    @Test("A zip file with one entry, to the byte")
    func zip() throws {
        var crc = CRC32()
        Array("hi".utf8).withUnsafeBytes { crc.update($0) }
        var writer = ZipWriter()
        let header = writer.header(of: "a.txt", size: 2, crc: crc.value)
        var archive = try #require(header)
        archive.writeString("hi")
        archive.writeImmutableBuffer(writer.end())
        let fields = "1400000800000000 2100 ac2a93d8 02000000 02000000 0500 0000"
        let expected =
            "504b0304 \(fields) 612e747874 6869 504b0102 1403 \(fields) 0000 0000 0000 0000a481 00000000 612e747874"
            + "504b0506 0000 0000 0100 0100 33000000 25000000 0000"
        let hex = archive.readableBytesView.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == expected.filter { $0 != " " })
    }

    @Test("The same files make the same archive, under a name that tells of its contents")
    func code() {
        let (first, second) = (ServingCode(), ServingCode())
        #expect(first.archive == second.archive)
        #expect(first.name == second.name)
        #expect(first.name.hasSuffix(".zip") && first.name.utf8.count == 36)
    }

    @Test("An archive of artifacts is made once, without Palantir's own mark, and whatever the order on disk")
    func artifacts() throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        for (name, text) in [
            ("MLmodel", "flavors: {}"), ("data/b.bin", "b"), ("data/a.bin", ""), (".palantir-version", "x"),
        ] {
            let url = URL(fileURLWithPath: "\(folder)/m/\(name)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        let archive = try ArtifactArchive.make(of: folder + "/m")
        #expect(archive == folder + "/m.zip")
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: archive)), as: Unicode.ASCII.self)
        #expect(!text.contains("palantir"))
        let places = ["MLmodel", "data/a.bin", "data/b.bin"].compactMap { text.firstRange(of: $0)?.lowerBound }
        #expect(places.count == 3 && places == places.sorted())
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["m", "m.zip"])
    }

    @Test("With a token an archive's name is a secret that all hubs know; without one it is the folder's")
    func names() {
        let (key, same, other) = (RayKey(token: "t"), RayKey(token: "t"), RayKey(token: "u"))
        let name = key.name(of: .artifacts, for: "churn-1-v3-9")
        #expect(name == same.name(of: .artifacts, for: "churn-1-v3-9"))
        #expect(same.folder(of: .artifacts, named: name) == "churn-1-v3-9")
        #expect(other.folder(of: .artifacts, named: name) == nil)
        #expect(key.folder(of: .artifacts, named: "churn-1-v3-9.zip") == nil)
        #expect(key.folder(of: .artifacts, named: name.replacing("v3", with: "v4")) == nil)
        let trial = key.name(of: .trials, for: "churn-1-v3-9")
        #expect(same.folder(of: .trials, named: trial) == "churn-1-v3-9")
        #expect(key.folder(of: .trials, named: name.replacing(".zip", with: ".json")) == nil)
        #expect(key.secret(of: "palantir-churn") != nil)

        let open = RayKey(token: nil)
        #expect(open.name(of: .artifacts, for: "churn-1-v3-9") == "churn-1-v3-9.zip")
        #expect(open.folder(of: .artifacts, named: "churn-1-v3-9.zip") == "churn-1-v3-9")
        #expect(open.folder(of: .artifacts, named: "churn-1-v3-9") == nil)
        #expect(open.secret(of: "palantir-churn") == nil)
    }
}
