import Foundation
import Logging
import Palantir
import Testing

@Suite("The log")
struct LogOutputTests {
    /// A pipe that is written to as a log, and read when a test wants it.
    private final class Pipe: Sendable {
        let reading: Int32
        let writing: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            (reading, writing) = (ends[0], ends[1])
        }

        func read(_ count: Int = 1 << 22) -> String {
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while bytes.count < count {
                let length = Foundation.read(reading, &part, part.count)
                guard length > 0 else { break }
                bytes += part[..<length]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func logger(_ output: LogOutput, secrets: [String] = []) -> Logger {
        Logger(label: "test") { SecretMaskingLogHandler(LogOutputHandler(output, label: $0), secrets: secrets) }
    }

    /// What is written by a body, all of it.
    private static func written(_ format: LogFormat, _ body: (Logger) -> Void) async throws -> String {
        let pipe = try Pipe()
        let output = LogOutput(format, descriptor: pipe.writing)
        body(logger(output, secrets: ["s3cret"]))
        await output.close()
        close(pipe.writing)
        defer { close(pipe.reading) }
        return pipe.read()
    }

    private static func logEverything(_ logger: Logger) {
        var logger = logger
        logger[metadataKey: "file"] = "a.txt"
        logger.info("plain")
        logger.warning(
            "broken\nline",
            metadata: ["a": "1\u{1b}[31m", "list": ["x", ["k": "s3cret"]], "zero": "\0", "é": "\u{2028}"])
        logger.error("failed", metadata: ["cause": "http://me:word@h/ said \"no\" to s3cret"])
    }

    @Test("JSON: one object a line, whatever is logged, and no secret")
    func json() async throws {
        let text = try await Self.written(.json, Self.logEverything)
        #expect(!text.contains("s3cret") && !text.contains("word"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4 && lines.last == "")
        let objects = try lines.dropLast().map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        #expect(objects.map { $0["level"] as? String } == ["info", "warning", "error"])
        #expect(objects.map { $0["message"] as? String } == ["plain", "broken\nline", "failed"])
        for object in objects {
            #expect(Set(object.keys) == ["time", "level", "message", "logger", "source", "metadata"])
            let time = try #require(object["time"] as? String)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
            #expect((object["metadata"] as? [String: Any])?["file"] as? String == "a.txt")
        }
        let metadata = try #require(objects[1]["metadata"] as? [String: Any])
        #expect(metadata["zero"] as? String == "\0")
        #expect((metadata["list"] as? [Any])?.count == 2)
    }

    @Test("Text: one line for each, with what would end or colour it written out")
    func text() async throws {
        let text = try await Self.written(.text, Self.logEverything)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines[0].hasSuffix(" info test: file=a.txt [PalantirTests] plain"), "\(lines[0])")
        #expect(lines[1].contains(" warning test: a=1\\u{1B}[31m "), "\(lines[1])")
        #expect(lines[1].hasSuffix("] broken\\nline"))
        #expect(!text.contains("s3cret") && !text.contains("\u{2028}"))
    }

    @Test("Where nobody looks at a terminal, auto is JSON")
    func auto() async throws {
        #expect(try await Self.written(.auto) { $0.info("x") }.hasPrefix("{\"time\":"))
    }

    @Test("Nobody waits for a reader that hangs; what finds no room is counted, and told when it reads again")
    func hangingReader() async throws {
        let pipe = try Pipe()
        let output = LogOutput(.json, descriptor: pipe.writing, room: 100_000)
        let logger = Self.logger(output)
        let long = String(repeating: "x", count: 1_000)
        // A pipe holds 64 KiB: to wait for it would be to wait for ever.
        for _ in 0..<2_000 { logger.info("\(long)") }
        let lost = output.lostLines
        // All but what the pipe, the room and the thread hold.
        #expect((1_700..<1_950).contains(lost), "\(lost)")
        await output.close(within: .milliseconds(10))
        let text: String = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var text = ""
                while Self.told(in: text).reduce(0, +) < lost { text += pipe.read(1) }
                continuation.resume(returning: text)
            }
        }
        let lines = text.split(separator: "\n")
        #expect(Self.told(in: text).reduce(0, +) == lost)
        #expect(lines.count == 2_000 - lost + Self.told(in: text).count)
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        close(pipe.reading)
    }

    /// How many lines were dropped, as the log itself says.
    private static func told(in text: String) -> [Int] {
        text.matches(of: /"count":"(\d+)"}}\n/).compactMap { Int($0.1) }
    }

    @Test("A reader that has gone loses lines and ends nothing")
    func goneReader() async throws {
        let pipe = try Pipe()
        close(pipe.reading)
        let output = LogOutput(.text, descriptor: pipe.writing)
        for _ in 0..<3 { Self.logger(output).info("nobody hears") }
        await output.close()
        #expect(output.lostLines == 3)
        close(pipe.writing)
    }
}
