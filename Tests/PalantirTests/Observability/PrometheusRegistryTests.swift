import Metrics
import NIOCore
import Palantir
import Testing

@Suite("Prometheus text")
struct PrometheusRegistryTests {
    private static func text(_ registry: PrometheusRegistry) -> [Substring] {
        var buffer = ByteBuffer()
        registry.text.write(to: &buffer)
        return String(buffer: buffer).split(separator: "\n")
    }

    @Test("Counters of the same labels are one series; labels are escaped")
    func counters() {
        let registry = PrometheusRegistry()
        for _ in 0..<3 { Counter(label: "c", dimensions: [("a", "x")], factory: registry).increment() }
        Counter(label: "c", dimensions: [("a", "q\"\\\n")], factory: registry).increment(by: 2)
        let lines = Self.text(registry)
        #expect(lines == ["# TYPE c counter", "c{a=\"q\\\"\\\\\\n\"} 2", "c{a=\"x\"} 3"])
    }

    @Test("Histograms are cumulative, in seconds")
    func histograms() {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "t", dimensions: [("s", "m")], factory: registry)
        for milliseconds in [0.1, 3, 3, 20_000] { timer.recordNanoseconds(Int64(milliseconds * 1e6)) }
        let lines = Self.text(registry)
        #expect(lines.contains("t_bucket{s=\"m\",le=\"0.0005\"} 1"))
        #expect(lines.contains("t_bucket{s=\"m\",le=\"0.005\"} 3"))
        #expect(lines.contains("t_bucket{s=\"m\",le=\"10.0\"} 3"))
        #expect(lines.contains("t_bucket{s=\"m\",le=\"+Inf\"} 4"))
        #expect(lines.contains("t_count{s=\"m\"} 4"))
    }

    @Test("Known metrics have their help")
    func help() {
        let registry = PrometheusRegistry()
        Meter(label: MetricNames.registryModels, dimensions: [], factory: registry).set(2)
        let lines = Self.text(registry)
        #expect(lines.first?.hasPrefix("# HELP \(MetricNames.registryModels) ") == true)
        #expect(lines.last == "\(MetricNames.registryModels) 2.0")
    }
}
