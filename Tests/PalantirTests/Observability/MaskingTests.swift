import Logging
import Palantir
import Synchronization
import Testing

@Suite("What a log and a caller are not told")
struct MaskingTests {
    @Test(
        "Credentials in addresses",
        arguments: [
            ("http://me:s3cret@host:80/x is gone", "http://…@host:80/x is gone"),
            ("mysql://u:p@ss@h/d", "mysql://…@h/d"),
            ("at https://h/p?token=s3cret&x=1, later", "at https://h/p?… later"),
            ("http://u:p@h/p?q=1 and http://h2/p?q=2", "http://…@h/p?… and http://h2/p?…"),
            ("no address? none@all", "no address? none@all"),
            ("http://h/a@b", "http://h/a@b"),
        ])
    func credentials(_ text: String, _ masked: String) {
        #expect(text.withoutCredentials == masked)
    }

    @Test(
        "Addresses and paths",
        arguments: [
            ("Ray's dashboard at http://10.0.0.7:8265 does not answer", "Ray's dashboard at … does not answer"),
            ("no connection to 10.1.2.3:80, nor [::1]:80, nor db.internal:3306", "no connection to …, nor …, nor …"),
            (
                "there is no Python at /opt/a b/python: run `palantir`",
                "there is no Python at … b/python: run `palantir`"
            ),
            ("'/var/lib/x' cannot be written (/tmp/y)", "'…' cannot be written (…)"),
            ("it cannot be loaded: ValueError: and/or 1/2", "it cannot be loaded: ValueError: and/or 1/2"),
            ("its address 192.168.1.20 is wrong", "its address … is wrong"),
            ("its requirements.txt names scikit-learn==1.5.2", "its requirements.txt names scikit-learn==1.5.2"),
        ])
    func places(_ text: String, _ masked: String) {
        #expect(text.withoutPlaces == masked)
    }

    @Test("A log repeats no secret, whoever quotes it and wherever: message, metadata, error")
    func log() {
        let lines = Lines()
        var logger = Logger(label: "test") { _ in
            SecretMaskingLogHandler(lines, secrets: ["s3cret", "user:s3cret@tcp(h)/d", "a"])
        }
        logger.logLevel = .trace
        logger[metadataKey: "kept"] = "s3cret"
        logger.info(
            "It said s3cret",
            metadata: [
                "cause": "user:s3cret@tcp(h)/d refused", "list": ["s3cret", "fine"], "map": ["x": "s3cret"],
                "url": "http://me:other@h/", "plain": "a banana",
            ])
        let written = lines.text
        #expect(!written.contains("s3cret"), "\(written)")
        #expect(!written.contains("other"))
        #expect(written.contains("(hidden) refused"))
        #expect(written.contains("a banana"), "what is shorter than a word is not masked")
    }
}

/// Keeps what is logged.
private struct Lines: LogHandler {
    private final class Written: Sendable {
        let text = Mutex("")
    }

    private let written = Written()
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    var text: String { written.text.withLock { $0 } }

    func log(event: LogEvent) {
        written.text.withLock { $0 += "\(event.message) \(metadata) \(event.metadata ?? [:])\n" }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
