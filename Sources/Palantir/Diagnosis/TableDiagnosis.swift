/// What a feature table is, judged for one model: that it is there, that look-ups by its key are quick, and find one row.
struct TableDiagnosis: Sendable {
    let remedy: TagRemedy
    let table: FeatureTable
    /// A newest row that is older is a pipeline that stands still; nil: it may be as old as it likes.
    let maximumAge: Duration?
    /// The setting `PALANTIR_FEATURE_TABLES` as it is; nil if it is unset.
    let allowedTables: [String]?

    private var subject: String { remedy.model.name }

    func findings(_ inspection: TableInspection) -> [Finding] {
        switch inspection {
        case .notAllowed(let name):
            let list = (allowedTables ?? ["*"]) + [name]
            let isSystem = table.database.map { FeatureTablePolicy.isSystem($0.text) } ?? false
            guard !isSystem else {
                return [
                    .error(
                        .featureTable, of: subject,
                        "Its feature table \(table.name) is the database's own, which is never read.",
                        remedy: remedy.set("feature_store", to: "<table>"))
                ]
            }
            return [
                .error(
                    .featureTable, of: subject,
                    "Its feature table \(table.name) may not be read: PALANTIR_FEATURE_TABLES leaves it out.",
                    remedy: "PALANTIR_FEATURE_TABLES=\(list.joined(separator: ","))")
            ]
        case .absent(let others): return [absent(others)]
        case .unreadable(let grant):
            return [
                .error(
                    .featureTable, of: subject,
                    "Its feature table \(table.name) may not be read by the feature store's user.", remedy: grant)
            ]
        case .present(let facts): return findings(facts)
        }
    }

    private func absent(_ others: [String]) -> Finding {
        let message = "Its feature table \(table.name) does not exist."
        guard let meant = EditDistance.nearest(to: table.table.text, among: others) else {
            return .error(
                .featureTable, of: subject, message,
                remedy: remedy.set("feature_store", to: "<table>") + " or make the table.")
        }
        let name = table.database.map { "\($0).\(meant)" } ?? meant
        return .error(
            .featureTable, of: subject, "\(message) There is \(meant).", remedy: remedy.set("feature_store", to: name))
    }

    private func findings(_ facts: TableFacts) -> [Finding] {
        var findings = [existence(facts)]
        guard let key = facts.column(table.entityKey) else { return findings + [missingKey(facts)] }
        guard key.canBeKey else { return findings + [unusable(key, facts)] }
        findings.append(.ok(.entityKey, of: subject, "Its key is the column \(key.name), \(key.type)."))
        findings += timestamp(facts)
        if !facts.isView { findings += keys(key, facts) }
        return findings
    }

    private func existence(_ facts: TableFacts) -> Finding {
        if let sample = facts.sample, sample.rows == 0 {
            return .warning(
                .featureTable, of: subject, "Its feature table \(table.name) is empty: no entity is found.",
                remedy: "Fill it: INSERT INTO \(facts.sql) …;")
        }
        let rows = facts.rows.map { " of about \($0) rows" } ?? ""
        let kind = facts.isView ? "view, whose keys are not looked at" : "table\(rows)"
        return .ok(.featureTable, of: subject, "Its features are in \(table.name), a \(kind).")
    }

    // MARK: - Key and timestamp

    private func missingKey(_ facts: TableFacts) -> Finding {
        let unique = facts.indexes.first { $0.isUnique && $0.columns.count == 1 }?.columns.first
        let meant = EditDistance.nearest(to: table.entityKey.text, among: facts.columns.map(\.name)) ?? unique
        return .error(
            .entityKey, of: subject,
            "Its feature table \(table.name) has no column \(table.entityKey), the entity's key.",
            remedy: remedy.set("entity_key", to: meant ?? "<column>"))
    }

    private func unusable(_ key: InspectedColumn, _ facts: TableFacts) -> Finding {
        .error(
            .entityKey, of: subject,
            "Its key column \(key.name) is \(key.type), which cannot tell ids apart.",
            remedy: facts.dialect.change(key, to: facts.dialect == .mysql ? "BIGINT" : "INTEGER", of: facts))
    }

    private func timestamp(_ facts: TableFacts) -> [Finding] {
        guard let name = table.timestamp else { return [] }
        guard let column = facts.column(name) else {
            let meant =
                EditDistance.nearest(to: name.text, among: facts.columns.map(\.name))
                ?? facts.columns.first { $0.kind == .dateTime }?.name
            return [
                .error(
                    .featureTimestamp, of: subject,
                    "Its feature table \(table.name) has no column \(name), which its tag feature_timestamp names.",
                    remedy: meant.map { remedy.set("feature_timestamp", to: $0) } ?? remedy.delete("feature_timestamp"))
            ]
        }
        return [.ok(.featureTimestamp, of: subject, "The newest row is told by \(column.name).")] + age(facts)
    }

    private func age(_ facts: TableFacts) -> [Finding] {
        guard case .age(let age) = facts.sample?.newest else {
            return [
                .ok(
                    .newestRow, of: subject,
                    "Its newest row's age is not known: the table is large and the timestamp has no index, or is no date."
                )
            ]
        }
        if age < .zero - .seconds(60) {
            return [
                .warning(
                    .newestRow, of: subject,
                    "The newest row of \(table.name) is \((.zero - age).words) in the future: it hides all that come now.",
                    remedy:
                        "Write timestamps in the time zone that the DSN's parameter loc names (UTC by default), and "
                        + "correct the rows of the future.")
            ]
        }
        guard let maximumAge, age > maximumAge else {
            return [.ok(.newestRow, of: subject, "Its newest row is \(max(age, .zero).words) old.")]
        }
        let hours = Int((age / .seconds(3_600)).rounded(.up)) + 1
        return [
            .warning(
                .newestRow, of: subject,
                "The newest row of \(table.name) is \(age.words) old: what writes it seems to stand still. See to that, or "
                    + "say that it may be so old.",
                remedy: "PALANTIR_FEATURE_MAX_AGE_HOURS=\(hours)")
        ]
    }

    // MARK: - One row, and quickly

    private func keys(_ key: InspectedColumn, _ facts: TableFacts) -> [Finding] {
        let isRepeated = facts.sample?.hasRepeatedKeys ?? false
        let wantsUnique = table.timestamp == nil
        var findings: [Finding] = []
        if facts.isIndexed(key) {
            findings.append(.ok(.keyIndex, of: subject, "Look-ups by \(key.name) use an index."))
        } else {
            let rows = facts.rows.map { " (about \($0) rows)" } ?? ""
            findings.append(
                .warning(
                    .keyIndex, of: subject,
                    "The key column \(key.name) of \(table.name) has no index: each look-up reads the whole table\(rows).",
                    remedy: addIndex(key, unique: wantsUnique && !isRepeated, facts)))
        }
        guard wantsUnique else {
            findings.append(.ok(.keyUnique, of: subject, "Of several rows of an entity the newest is taken."))
            return findings
        }
        if isRepeated {
            findings.append(repeated(key, facts))
        } else if facts.isUnique(key) {
            findings.append(.ok(.keyUnique, of: subject, "An entity has one row."))
        } else if facts.isIndexed(key) {
            findings.append(
                .warning(
                    .keyUnique, of: subject,
                    "Nothing keeps \(table.name) from having several rows for one entity, which would fail then.",
                    remedy: addIndex(key, unique: true, facts)))
        }
        return findings
    }

    /// With a timestamp the index finds the newest row too.
    private func addIndex(_ key: InspectedColumn, unique: Bool, _ facts: TableFacts) -> String {
        let timestamp = unique ? nil : table.timestamp.flatMap(facts.column)
        let columns = [key] + (timestamp.map { [$0] } ?? [])
        return facts.dialect.addIndex(on: columns, unique: unique, of: facts)
    }

    private func repeated(_ key: InspectedColumn, _ facts: TableFacts) -> Finding {
        let message = "\(table.name) has several rows for one entity, and predictions for it fail."
        guard let timestamp = facts.columns.first(where: { $0.kind == .dateTime }) else {
            return .error(
                .keyUnique, of: subject, message,
                remedy: "Keep one row an entity, and see that it stays so: "
                    + facts.dialect.addIndex(on: [key], unique: true, of: facts))
        }
        return .error(
            .keyUnique, of: subject, "\(message) The column \(timestamp.name) may tell which is newest.",
            remedy: remedy.set("feature_timestamp", to: timestamp.name))
    }
}
