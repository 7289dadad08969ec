/// How the log is written.
package enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON lines elsewhere.
    case auto
    /// For people.
    case text
    /// For programs: a JSON object a line.
    case json
}
