import Foundation
import NIOCore
import Palantir

/// Tells what a doctor finds, as it is found: a line a check, and below what is not well what mends it.
struct DoctorReport {
    private let json: Bool
    private let output = Terminal.output
    private let progress = Terminal.errors
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
        overwriteProgress("Looking at \(what) …")
    }

    mutating func add(_ new: [Finding]) {
        findings += new
        overwriteProgress()
        guard !json else { return }
        for finding in new {
            if finding.subject != subject {
                print((subject == nil ? "" : "\n") + output.styled(finding.subject.printable, .bold))
            }
            subject = finding.subject
            print(line(finding))
            if let remedy = finding.remedy { print("           fix: \(remedy.printable)") }
        }
    }

    /// The whole as JSON, or what it comes to.
    func finish() {
        overwriteProgress()
        if json {
            var buffer = ByteBuffer()
            Diagnosis(findings: findings).write(to: &buffer)
            return print(String(buffer: buffer))
        }
        let (errors, warnings) = (count(.error, "error"), count(.warning, "warning"))
        let troubles = [errors, warnings].compactMap(\.self).joined(separator: ", ")
        print("\n" + (troubles.isEmpty ? "All is well: \(findings.count) checks." : "\(troubles)."))
    }

    private func overwriteProgress(_ text: String = "") {
        // Whoever closed standard error does without.
        if progress.isInteractive { try? progress.write("\r\u{1B}[K\(text)") }
    }

    private func count(_ severity: Finding.Severity, _ word: String) -> String? {
        let count = findings.count { $0.severity == severity }
        return count == 0 ? nil : "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    private func line(_ finding: Finding) -> String {
        let word = finding.severity.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
        return
            "  \(output.styled(word, finding.severity.style))  \(finding.check.rawValue): \(finding.message.printable)"
    }
}

extension Finding.Severity {
    fileprivate var style: Terminal.Style {
        switch self {
        case .ok: .green
        case .warning: .yellow
        case .error: .red
        }
    }
}

extension String {
    /// Control characters of other people's text could move the terminal's cursor.
    fileprivate var printable: String {
        String(
            map { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? " " : $0 })
    }
}
