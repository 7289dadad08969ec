import Configuration
import Palantir
import Testing

@Suite("Settings of telemetry")
struct TelemetrySettingsTests {
    private static func read(_ environment: [String: String]) throws(SettingsError) -> Settings {
        let all = environment.merging(["MLFLOW_URI": "http://127.0.0.1:5000"]) { $1 }
        let reader = ConfigReader(providers: [EnvironmentVariablesProvider(environmentVariables: all)])
        return try Settings(from: reader, names: Array(all.keys))
    }

    @Test("Traces are off until a collector is named, and the log is for whoever reads it")
    func defaults() throws {
        let settings = try Self.read(["OTEL_SERVICE_NAME": "hub", "PALANTIR_TRACE_SAMPLE": "0.5"])
        #expect(settings.traces == nil)
        #expect(settings.logFormat == .auto)
    }

    @Test("OpenTelemetry's own names are read as OpenTelemetry has them; no tag may lead to the collector")
    func traces() throws {
        let settings = try Self.read([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318/", "OTEL_SERVICE_NAME": "hub-1",
            "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20s3cret, x-scope=a=b", "PALANTIR_TRACE_SAMPLE": "0.25",
        ])
        let traces = try #require(settings.traces)
        #expect(traces.endpoint.text == "http://127.0.0.1:4318")
        #expect(traces.headers.map(\.name) == ["authorization", "x-scope"])
        #expect(traces.headers.map(\.value) == ["Bearer s3cret", "a=b"])
        #expect(traces.service == "hub-1")
        #expect(traces.sample == 0.25)
        #expect(settings.secrets.contains("Bearer s3cret"))
        #expect(settings.shown(all: true).allSatisfy { !$0.value.contains("s3cret") })
    }

    @Test(
        "What is wrong is told by its name, and a secret is not repeated",
        arguments: [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://h:4317"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://u:s3cret@h"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "s3cret"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=s3cret%0d%0ab"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a b=s3cret"), ("PALANTIR_TRACE_SAMPLE", "1.5"),
            ("PALANTIR_TRACE_SAMPLE", "-0.1"), ("PALANTIR_TRACE_SAMPLE", "nan"), ("PALANTIR_LOG_FORMAT", "xml"),
        ])
    func wrong(_ name: String, _ value: String) {
        do throws(SettingsError) {
            _ = try Self.read([name: value])
            Issue.record("\(name)=\(value) was taken")
        } catch {
            #expect(error.problems.count == 1)
            #expect(error.problems.allSatisfy { $0.contains(name) && !$0.contains("s3cret") })
        }
    }
}
