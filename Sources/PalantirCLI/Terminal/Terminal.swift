import ArgumentParser
import Foundation

/// What a stream of the program leads to, and what may be written there for the eye alone.
struct Terminal: Sendable {
    private let descriptor: Int32
    /// Whether lines may be written over; a file and a dumb terminal keep what was written.
    let isInteractive: Bool
    let hasColour: Bool

    static var output: Terminal { Terminal(STDOUT_FILENO) }
    static var errors: Terminal { Terminal(STDERR_FILENO) }

    /// - Parameter environment: `NO_COLOR` (no-color.org) and `TERM` are read.
    init(_ descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.descriptor = descriptor
        isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        hasColour = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Columns; 80 where nobody says.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// In a colour, where there is any.
    func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes at once.
    ///
    /// - Throws: ``Failure``; one without words if nobody reads any more, as when it is piped to `head`.
    func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // Not by that name: Foundation's own are buffered.
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // As a shell tells that SIGPIPE ended a program; here it does not, since the network's code ignores it.
            if count < 0, errno == EPIPE { throw Failure(exitCode: .init(141), "") }
            guard count >= 0 else { throw Failure(exitCode: .failure, "What it says cannot be written.") }
            rest = rest.dropFirst(count)
        }
    }

    /// ANSI's select graphic rendition.
    enum Style: Int, Sendable {
        case bold = 1
        case red = 31
        case green = 32
        case yellow = 33
    }
}
