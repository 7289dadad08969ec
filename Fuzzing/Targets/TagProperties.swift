import Palantir

/// A model's tags become names that are safe to quote and addresses that are safe to call, or an error that names a tag.
enum TagProperties {
    private static let known = [
        "feature_store", "uri", "entity_key", "feature_timestamp", "contract", "autodeploy", "autodeploy_idle_s",
        "timeout_ms", "max_batch_size", "max_concurrency", "replicas", "min_replicas", "max_replicas",
    ]

    /// Each line of the input is a tag's name, `=`, and its value.
    static func check(_ input: [UInt8]) throws(BrokenProperty) {
        var tags = ["feature_store": "users", "uri": "http://127.0.0.1:8001/predict"]
        for line in String(decoding: input, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            tags[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
        let spec: ServingSpec
        do throws(PalantirError) {
            spec = try ServingSpec(model: RegisteredModel(name: "m", tags: tags), version: nil)
        } catch {
            try BrokenProperty.unless(error.code == .modelMisconfigured, "refused with \(error.code)")
            try BrokenProperty.unless(
                known.contains { error.message.contains("`\($0)`") }, "the error names no tag: \(error.message)")
            return
        }
        let table = spec.featureTable
        for name in [table.database, table.table, table.entityKey, table.timestamp].compactMap(\.self) {
            try BrokenProperty.unless(isQuotable(name.text), "a name that would end its quotes: \(name)")
        }
        try BrokenProperty.unless(!spec.uris.isEmpty, "no address")
        for uri in spec.uris { try URIProperties.check(uri) }
        try BrokenProperty.unless(spec.timeout.map { $0 > .zero && $0 <= .seconds(600) } ?? true, "a wrong timeout")
        try BrokenProperty.unless((1...10_000).contains(spec.maxBatchSize ?? 1), "a wrong batch size")
        try BrokenProperty.unless((1...1_000).contains(spec.maxConcurrency ?? 1), "a wrong concurrency")
    }

    private static func isQuotable(_ name: String) -> Bool {
        (1...64).contains(name.unicodeScalars.count)
            && name.unicodeScalars.allSatisfy {
                $0.isASCII
                    ? $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "$"
                    : $0.properties.isAlphabetic
            }
    }
}
