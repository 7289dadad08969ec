import Foundation
import Logging
import NIOCore
import PalantirTesting
import Synchronization
import Testing

@testable import Palantir

@Suite("The audit log")
struct AuditTests {
    private static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    private static func entry(
        _ ids: [String] = ["42"], model: String? = "churn", code: PalantirError.Code? = nil
    ) -> AuditEntry {
        AuditEntry(
            requestID: "r-1", caller: "anonymous", action: "predict",
            subject: AuditSubject(model: model, ids: ids.compactMap(EntityID.init)), status: code == nil ? 200 : 503,
            code: code, duration: .microseconds(12_345))
    }

    private static func lines(_ path: String) -> [[String: Any]] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]) ?? ["broken": line]
        }
    }

    private static func folder(_ body: (String) async throws -> Void) async throws {
        let folder = try Place.folder()
        defer { Place.remove(folder) }
        try await body(folder)
    }

    @Test("A line tells who did what to which model, and what became of it")
    func content() async throws {
        try await Self.folder { folder in
            let path = folder + "/audit.log"
            let log = AuditLog(AuditSettings(path: path, showsIDs: true), folder: folder, logger: Self.logger)
            log.record(Self.entry(["42", "a\"b\n"]))
            log.record(Self.entry([], model: nil, code: .invalidRequest))
            log.record(Self.entry((1...250).map(String.init)))
            await log.flush()
            let lines = Self.lines(path)
            #expect(lines.count == 3)
            let time = try #require(lines[0]["time"] as? String)
            #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(time)")
            let parsed = try #require(
                try? Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            #expect(abs(parsed.timeIntervalSinceNow) < 60)
            #expect(lines[0]["request_id"] as? String == "r-1")
            #expect(lines[0]["caller"] as? String == "anonymous")
            #expect(lines[0]["action"] as? String == "predict")
            #expect(lines[0]["model"] as? String == "churn")
            #expect(lines[0]["ids"] as? [String] == ["42", "a\"b\n"])
            #expect(lines[0]["entities"] as? Int == 2)
            #expect(lines[0]["status"] as? Int == 200)
            #expect(lines[0]["code"] is NSNull)
            #expect(lines[0]["duration_ms"] as? Double == 12.345)
            #expect(lines[1]["model"] is NSNull)
            #expect(lines[1]["code"] as? String == "INVALID_REQUEST")
            #expect((lines[2]["ids"] as? [String])?.count == 100)
            #expect(lines[2]["entities"] as? Int == 250)
            #expect(lines[2]["more_ids"] as? Int == 150)
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o600)
        }
    }

    @Test("Ids are hashed with a key of the folder: the same again after a start, others in another folder")
    func hashing() async throws {
        try await Self.folder { folder in
            func hashes(in data: String, _ name: String) async -> [String] {
                let path = "\(folder)/\(name).log"
                let log = AuditLog(AuditSettings(path: path), folder: data, logger: Self.logger)
                log.record(Self.entry(["42", "43", "42"]))
                await log.flush()
                return Self.lines(path).first?["ids"] as? [String] ?? []
            }
            let first = await hashes(in: folder, "first")
            #expect(first.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{32}/) != nil }, "\(first)")
            #expect(first.count == 3)
            #expect(first[0] == first[2])
            #expect(first[0] != first[1])
            #expect(await hashes(in: folder, "again") == first)
            #expect(await hashes(in: folder + "/other", "other").first != first[0])
            let key = folder + "/audit.key"
            let attributes = try FileManager.default.attributesOfItem(atPath: key)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(attributes[.size] as? Int == 32)
            // HMAC-SHA256 as everybody computes it.
            let hex = try Data(contentsOf: URL(fileURLWithPath: key)).map {
                String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
            }
            let openssl = try await CommandLineTool([
                "/bin/sh", "-c", "printf 42 | openssl dgst -sha256 -mac HMAC -macopt hexkey:\(hex.joined())",
            ])
            #expect(openssl.output.contains("= " + first[0]), "\(openssl.output)")
        }
    }

    @Test("Beyond its size a file becomes an older one, five of which are kept; no line is torn or lost until then")
    func rotation() async throws {
        try await Self.folder { folder in
            let path = folder + "/audit.log"
            let log = AuditLog(AuditSettings(path: path, maxBytes: 10_000), folder: folder, logger: Self.logger)
            for _ in 0..<60 {
                for _ in 0..<10 { log.record(Self.entry()) }
                await log.flush()
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("audit.log") }
            #expect(names.sorted() == ["audit.log"] + (1...5).map { "audit.log.\($0)" })
            for name in names {
                let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? Int ?? 0
                #expect((1...10_000).contains(size), "\(name): \(size)")
                #expect(Self.lines("\(folder)/\(name)").allSatisfy { $0["broken"] == nil })
            }
            #expect(log.lostEntries == 0)
        }
    }

    @Test("A file that another program moved away is made anew")
    func movedAway() async throws {
        try await Self.folder { folder in
            let path = folder + "/audit.log"
            let log = AuditLog(AuditSettings(path: path), folder: folder, logger: Self.logger)
            log.record(Self.entry())
            await log.flush()
            try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
            log.record(Self.entry())
            await log.flush()
            #expect(Self.lines(path).count == 1)
            #expect(Self.lines(path + ".moved").count == 1)
        }
    }

    @Test("While a write hangs nobody waits: what finds no room is dropped, counted, and told of when it goes on")
    func hangingWrite() async throws {
        let gate = DispatchSemaphore(value: 0)
        let hanging = DispatchSemaphore(value: 0)
        let written = Slot<String>()
        let log = AuditLog(
            AuditWriter(AuditLine(ids: .plain), maxBytes: 1 << 20, logger: Self.logger) { lines in
                hanging.signal()
                gate.wait()
                written.value = (written.value ?? "") + String(buffer: lines)
            }, room: 20)
        log.record(Self.entry())
        async let first: Void = log.flush()
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                hanging.wait()
                continuation.resume()
            }
        }
        let start = ContinuousClock.now
        for _ in 0..<1_000 { log.record(Self.entry()) }
        #expect(start.duration(to: .now) < .milliseconds(500))
        // Ten of one id each find room.
        #expect(log.lostEntries == 990)
        for _ in 0..<3 { gate.signal() }
        await first
        await log.flush()
        let lines = (written.value ?? "").split(separator: "\n")
        #expect(lines.count == 12)
        #expect(lines.count { $0.contains(#""action":"audit","lost":990"#) } == 1)
    }

    @Test("A pipe, a folder and a place that is not there lose entries, which is told once; nothing else stops")
    func unwritable() async throws {
        try await Self.folder { folder in
            let pipe = folder + "/pipe"
            #expect(mkfifo(pipe, 0o600) == 0)
            for path in [pipe, folder, folder + "/nowhere/audit.log"] {
                let told = CountingLog()
                let log = AuditLog(AuditSettings(path: path), folder: folder, logger: told.logger)
                for _ in 0..<3 {
                    log.record(Self.entry())
                    await log.flush()
                }
                #expect(log.lostEntries == 3)
                #expect(told.warnings == 1, "\(path)")
            }
        }
    }

    @Test(
        "A full disk loses entries and nothing else; when there is room again they are counted in the log, no line torn",
        .enabled(if: geteuid() == 0, "only root mounts a small file system"))
    func fullDisk() async throws {
        try await Self.folder { folder in
            let disk = folder + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            let mounted = try await CommandLineTool(["/bin/mount", "-t", "tmpfs", "-o", "size=64k", "none", disk])
            try #require(mounted.exitCode == 0, "\(mounted.output)")
            let path = disk + "/audit.log"
            let told = CountingLog()
            let log = AuditLog(AuditSettings(path: path), folder: folder, logger: told.logger)
            for _ in 0..<100 {
                for _ in 0..<10 { log.record(Self.entry()) }
                await log.flush()
            }
            #expect(log.lostEntries > 0)
            #expect(told.warnings == 1)
            let kept = Self.lines(path)
            #expect(kept.allSatisfy { $0["broken"] == nil })
            #expect(kept.count + log.lostEntries == 1_000)
            let grown = try await CommandLineTool(["/bin/mount", "-o", "remount,size=1m", disk])
            #expect(grown.exitCode == 0)
            log.record(Self.entry())
            await log.flush()
            let lines = Self.lines(path)
            #expect(lines.count == kept.count + 2)
            #expect(lines.contains { $0["lost"] as? Int == log.lostEntries })
            #expect((try await CommandLineTool(["/bin/umount", "-l", disk])).exitCode == 0)
        }
    }

    @Test("Many callers at once: each entry stands once, whole")
    func concurrency() async throws {
        try await Self.folder { folder in
            let path = folder + "/audit.log"
            // For all of them: that what finds none is dropped is another test's.
            let log = AuditLog(
                AuditSettings(path: path, showsIDs: true), folder: folder, room: 10_000, logger: Self.logger)
            await withTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask {
                        for number in 0..<500 { log.record(Self.entry(["\(caller)-\(number)"])) }
                    }
                }
                for _ in 0..<20 { group.addTask { await log.flush() } }
            }
            // One look gives up after two seconds, in which a busy machine does not write them all.
            try await eventually(within: .seconds(60)) {
                await log.flush()
                return Self.lines(path).count >= 4_000
            }
            let ids = Self.lines(path).compactMap { ($0["ids"] as? [String])?.first }
            #expect(ids.count == 4_000)
            #expect(Set(ids).count == 4_000)
            #expect(log.lostEntries == 0)
        }
    }
}

/// Counts what is told at warning.
private final class CountingLog: Sendable {
    private let count = Atomic<Int>(0)

    var warnings: Int { count.load(ordering: .relaxed) }

    var logger: Logger { Logger(label: "test", factory: { [self] _ in Handler(log: self) }) }

    private struct Handler: LogHandler {
        let log: CountingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        func log(event: LogEvent) {
            if event.level == .warning { log.count.wrappingAdd(1, ordering: .relaxed) }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
    }
}
