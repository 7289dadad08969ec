/// Metrics as a scrape of the hub reads them.
package struct MetricsText: Sendable {
    /// By name and labels, as they are written.
    package let samples: [String: Double]

    package init(_ text: String) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let pairs = lines.compactMap { line -> (String, Double)? in
            guard let end = line.lastIndex(of: " "), let value = Double(line[line.index(after: end)...]) else {
                return nil
            }
            return (String(line[..<end]), value)
        }
        samples = Dictionary(pairs) { first, _ in first }
    }

    /// The sum of a metric's series that have all of these labels.
    package func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        let wanted = labels.map { "\($0)=\"\($1)\"" }
        return samples.reduce(0) { sum, sample in
            let isMeant = sample.key == name || sample.key.hasPrefix(name + "{")
            return isMeant && wanted.allSatisfy(sample.key.contains) ? sum + sample.value : sum
        }
    }

    /// Every name, without what a histogram's parts add.
    package var names: Set<String> {
        Set(samples.keys.map { String($0.prefix { $0 != "{" }) })
    }
}
