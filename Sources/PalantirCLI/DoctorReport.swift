import Foundation
import NIOCore
import Palantir

/// Tells what a doctor finds, as it is found: a line a check, and below what is not well what mends it.
struct DoctorReport {
    private let json: Bool
    private let output = ReportStream(.standardOutput)
    private let progress = ReportStream(.standardError)
    private var findings: [Finding] = []
    private var subject: String?

    init(json: Bool) {
        self.json = json
    }

    /// 1 for warnings, 2 for errors; nil if all is well.
    var exitCode: Int32? {
        switch findings.severity {
        case .ok: nil
        case .warning: 1
        case .error: 2
        }
    }

    /// Says what is looked at, on a terminal.
    func isWorking(on what: String) {
        progress.showProgress("Looking at \(what) …")
    }

    mutating func add(_ new: [Finding]) {
        findings += new
        progress.clearProgress()
        guard !json else { return }
        for finding in new {
            if finding.subject != subject {
                print((subject == nil ? "" : "\n") + output.bold(finding.subject.printable))
            }
            subject = finding.subject
            print(line(finding))
            if let remedy = finding.remedy { print("           fix: \(remedy.printable)") }
        }
    }

    /// The whole as JSON, or what it comes to.
    func finish() {
        progress.clearProgress()
        if json {
            var buffer = ByteBuffer()
            Diagnosis(findings: findings).write(to: &buffer)
            return print(String(buffer: buffer))
        }
        let (errors, warnings) = (count(.error, "error"), count(.warning, "warning"))
        let troubles = [errors, warnings].compactMap(\.self).joined(separator: ", ")
        print("\n" + (troubles.isEmpty ? "All is well: \(findings.count) checks." : "\(troubles)."))
    }

    private func count(_ severity: Finding.Severity, _ word: String) -> String? {
        let count = findings.count { $0.severity == severity }
        return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    private func line(_ finding: Finding) -> String {
        let word = finding.severity.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
        return "  \(output.coloured(word, finding.severity))  \(finding.check.rawValue): \(finding.message.printable)"
    }
}

extension String {
    /// Control characters of other people's text could move the terminal's cursor.
    fileprivate var printable: String {
        String(
            map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : $0 })
    }
}

/// Where a command writes: colours and progress only for people, and none where `NO_COLOR` is set.
private struct ReportStream {
    private let file: FileHandle
    private let isTerminal: Bool
    private let isColoured: Bool

    init(_ file: FileHandle) {
        self.file = file
        isTerminal = isatty(file.fileDescriptor) == 1
        let environment = ProcessInfo.processInfo.environment
        isColoured = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    func bold(_ text: String) -> String { isColoured ? "\u{1B}[1m\(text)\u{1B}[0m" : text }

    func coloured(_ text: String, _ severity: Finding.Severity) -> String {
        guard isColoured else { return text }
        let code =
            switch severity {
            case .ok: 32
            case .warning: 33
            case .error: 31
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    func showProgress(_ text: String) {
        if isTerminal { file.write(Data("\r\u{1B}[K\(text)".utf8)) }
    }

    func clearProgress() {
        if isTerminal { file.write(Data("\r\u{1B}[K".utf8)) }
    }
}
