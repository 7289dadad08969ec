extension Duration {
    /// Go's duration syntax, which database and cluster people write: numbers with units, such as `500ms`, `1.5s`,
    /// `1m30s`.
    package init?(text: String) {
        var rest = text[...]
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(unit.count)
            guard let amount = Double(number), let scale = Self.units[String(unit)] else { return nil }
            seconds += amount * scale
        }
        // A year is longer than anything that is waited for, and far from what overflows.
        guard seconds <= 31_536_000 else { return nil }
        self = .seconds(seconds)
    }

    private static let units = [
        "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3_600.0,
    ]
}
