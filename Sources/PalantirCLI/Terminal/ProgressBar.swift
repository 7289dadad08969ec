/// How far a long operation is, on one line of a terminal that is written again and again.
struct ProgressBar {
    private let terminal: Terminal
    private let start: ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?

    /// More often than this nobody can read.
    private static let interval = Duration.milliseconds(100)
    private static let barWidth = 24

    /// What is done.
    struct State {
        var done = 0
        var failed = 0
        /// Of the whole, from 0 to 1; nil if nobody knows how much that is.
        var fraction: Double?
        var total: Int?
    }

    init(on terminal: Terminal, at start: ContinuousClock.Instant = .now) {
        self.terminal = terminal
        self.start = start
    }

    /// Draws it, if that is worth it by now.
    mutating func show(_ state: State, at now: ContinuousClock.Instant = .now) throws {
        guard terminal.isInteractive, lastDrawn.map({ $0.duration(to: now) >= Self.interval }) ?? true else { return }
        lastDrawn = now
        let line = Self.line(state, after: start.duration(to: now), width: terminal.width - 1)
        try terminal.write("\r\u{1B}[K" + terminal.styled(line, .green))
    }

    /// Makes room for other text.
    mutating func clear() throws {
        guard lastDrawn != nil else { return }
        lastDrawn = nil
        try terminal.write("\r\u{1B}[K")
    }

    /// `[#####-----]  50%  500 of 1000 ids  2000 ids/s  3 failed  1 s left`
    static func line(_ state: State, after elapsed: Duration, width: Int) -> String {
        var parts: [String] = []
        if let fraction = state.fraction.map({ min(max($0, 0), 1) }) {
            let filled = Int(fraction * Double(barWidth))
            parts.append(
                "[\(String(repeating: "#", count: filled))\(String(repeating: "-", count: barWidth - filled))]")
            parts.append("\(Int(fraction * 100))%")
        }
        parts.append(state.total.map { "\(state.done) of \($0) ids" } ?? "\(state.done) ids")
        let seconds = elapsed / .seconds(1)
        if seconds > 0.5, state.done > 0 { parts.append("\(Int(Double(state.done) / seconds)) ids/s") }
        if state.failed > 0 { parts.append("\(state.failed) failed") }
        if let fraction = state.fraction, fraction > 0, fraction < 1, seconds > 2 {
            parts.append("\(Int((seconds / fraction - seconds).rounded(.up))) s left")
        }
        return String(parts.joined(separator: "  ").prefix(max(width, 0)))
    }
}
