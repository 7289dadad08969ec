/// A feature table's columns against what a model was logged to take.
struct SignatureDiagnosis: Sendable {
    let remedy: TagRemedy
    let table: FeatureTable
    let facts: TableFacts
    let inputs: [SignatureColumn]

    private var subject: String { remedy.model.name }
    private var dialect: SQLDialect { facts.dialect }

    /// Columns that no input asks for cost each request, and are told once they are so many that it shows.
    private static let toleratedExtras = 10
    /// How many names a message lists.
    private static let shownNames = 5

    func findings() -> [Finding] {
        missing() + wronglyTyped() + withNulls() + [extras()]
    }

    /// The columns as a row has them: the key also under `id`, and no other column of that name.
    private var available: [String: InspectedColumn] {
        guard let key = facts.column(table.entityKey) else { return [:] }
        var columns = Dictionary(
            facts.columns.filter { $0.name != "id" || $0 == key }.map { ($0.name, $0) }
        ) { first, _ in first }
        columns["id"] = key
        return columns
    }

    // MARK: - Missing

    private func missing() -> [Finding] {
        let available = available
        let missing = inputs.filter { $0.isRequired && available[$0.name] == nil }
        guard !missing.isEmpty else {
            let count = inputs.count { available[$0.name] != nil }
            return [.ok(.columns, of: subject, "The table has the \(count) columns that the model wants.")]
        }
        return missing.map { input in
            let message = "\(table.name) lacks the column \(input.name) (\(input.type.rawValue)), which the model wants"
            // Names of JSON's members compare exactly, those of columns do not.
            let unused = facts.columns.filter { column in !inputs.contains { $0.name == column.name } }
            if let other = unused.first(where: { $0.name.lowercased() == input.name.lowercased() }) {
                return .error(
                    .columns, of: subject, "\(message); it has \(other.name), and names compare exactly.",
                    remedy: dialect.rename(other, to: input.name, of: facts))
            }
            return .error(
                .columns, of: subject, "\(message). Once it is there, fill it.",
                remedy: dialect.addColumn(input.name, input.type.sqlType(dialect), to: facts))
        }
    }

    // MARK: - Types

    private func wronglyTyped() -> [Finding] {
        let available = available
        let wrong = inputs.compactMap { input -> (SignatureColumn, InspectedColumn)? in
            guard let column = available[input.name], !input.type.takes(column.kind) else { return nil }
            return (input, column)
        }
        guard !wrong.isEmpty else {
            return [.ok(.columnTypes, of: subject, "The columns' types are those that the model wants.")]
        }
        return wrong.map { input, column in
            let change = dialect.change(column, to: input.type.sqlType(dialect), of: facts)
            let isKey = column == facts.column(table.entityKey)
            let isSafe = input.type.keepsValues(of: column.kind) && !isKey && !facts.isView
            return .warning(
                .columnTypes, of: subject,
                "The model wants \(input.name) as \(input.type.rawValue), and \(table.name) has it as \(column.type).",
                remedy: isSafe
                    ? change
                    : "Log the model with \(input.name) as \(column.kind.inputType.rawValue), or name it another column: a "
                        + "change of this one's type may lose values.")
        }
    }

    // MARK: - NULLs

    private func withNulls() -> [Finding] {
        guard let sample = facts.sample, sample.rows > 0 else { return [] }
        let available = available
        let found = inputs.filter { input in
            guard input.isRequired, let column = available[input.name] else { return false }
            return sample.columnsWithNulls.contains(column.name)
        }
        guard !found.isEmpty else {
            return [.ok(.columnNulls, of: subject, "The rows looked at have a value wherever the model wants one.")]
        }
        return found.map { input in
            .warning(
                .columnNulls, of: subject,
                "\(table.name) has NULLs in \(input.name), where the model was logged to want a value; it may refuse those "
                    + "rows. Fill them, or log the model with an input that may be missing.",
                remedy: dialect.fillNulls(of: available[input.name]?.name ?? input.name, of: facts))
        }
    }

    // MARK: - More than needed

    private func extras() -> Finding {
        let key = facts.column(table.entityKey)
        let wanted = Set(inputs.map(\.name))
        let extras = facts.columns.filter { $0 != key && !wanted.contains($0.name) }
        guard extras.count > max(Self.toleratedExtras, inputs.count) else {
            return .ok(
                .extraColumns, of: subject,
                extras.isEmpty
                    ? "The table has no column that the model does not want."
                    : "\(extras.count == 1 ? "A column goes" : "\(extras.count) columns go") along that the model does not "
                        + "want: \(list(extras.map(\.name))).")
        }
        let names = facts.columns.map(\.name).filter { name in wanted.contains(name) || name == key?.name }
        // A view must have the tag's columns too.
        let timestamp = table.timestamp.flatMap(facts.column).map(\.name).flatMap { names.contains($0) ? nil : $0 }
        let view = "\(facts.name)_for_\(subject)".asIdentifier
        let tagged = table.database.map { "\($0).\(view)" } ?? view
        return .warning(
            .extraColumns, of: subject,
            "Each request reads and sends \(extras.count) columns that the model does not want "
                + "(\(list(extras.map(\.name)))): time, and data that the model's host need not see.",
            remedy: dialect.createView(view, of: names + (timestamp.map { [$0] } ?? []), of: facts) + " "
                + remedy.set("feature_store", to: tagged))
    }

    private func list(_ names: [String]) -> String {
        names.prefix(Self.shownNames).joined(separator: ", ") + (names.count > Self.shownNames ? ", …" : "")
    }
}

extension String {
    /// What a tag may name, of any text.
    fileprivate var asIdentifier: String {
        String(map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }.prefix(60))
    }
}

extension ColumnKind {
    /// What a model is logged with that takes such a column.
    fileprivate var inputType: SignatureColumn.InputType {
        switch self {
        case .boolean: .boolean
        case .integer, .decimal(fraction: false): .long
        case .decimal, .real: .double
        case .text, .json: .string
        case .dateTime: .datetime
        case .binary: .binary
        case .any: .other
        }
    }
}
