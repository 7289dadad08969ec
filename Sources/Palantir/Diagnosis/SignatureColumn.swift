import NIOCore

/// An input column that a model was logged with.
package struct SignatureColumn: Hashable, Sendable {
    package let name: String
    package let type: InputType
    /// Whether a row without it, or with a NULL, is refused.
    package let isRequired: Bool

    /// MLflow's own words for types of columns (`mlflow/types/schema.py`).
    package enum InputType: String, Sendable {
        case boolean, integer, long, float, double, string, binary, datetime
        /// Arrays, objects, maps, tensors and what newer versions may bring: not judged.
        case other
    }

    package init(name: String, type: InputType, isRequired: Bool = true) {
        self.name = name
        self.type = type
        self.isRequired = isRequired
    }

    /// The named columns of a signature's inputs; nil for one that names none, such as a tensor's.
    package static func inputs(of signature: ModelSignature) -> [SignatureColumn]? {
        guard let text = signature.inputs, let json = try? JSONText(validating: text) else { return nil }
        let elements = json.elements
        let columns = elements.compactMap(SignatureColumn.init)
        return columns.isEmpty || columns.count != elements.count ? nil : columns
    }

    private init?(_ json: JSONText) {
        guard let members = try? json.members() else { return nil }
        func value(_ name: String) -> JSONText? { members.first { $0.name == name }?.value }
        guard let name = value("name")?.string else { return nil }
        // Older versions of MLflow wrote `optional`.
        let isOptional = value("required")?.text == "false" || value("optional")?.text == "true"
        self.init(
            name: name, type: value("type")?.string.flatMap(InputType.init(rawValue:)) ?? .other,
            isRequired: !isOptional)
    }
}

extension JSONText {
    /// The text that a JSON string stands for; nil for any other value.
    package var string: String? {
        bytes.withUnsafeReadableBytes { raw in
            var scanner = JSONScanner(raw)
            return (try? scanner.string()).flatMap { try? $0.text(in: scanner) }
        }
    }
}

extension SignatureColumn.InputType {
    /// Whether a model that wants this can be given what such a column holds.
    func takes(_ kind: ColumnKind) -> Bool {
        switch (self, kind) {
        case (.other, _), (_, .any): true
        case (.boolean, .boolean): true
        case (.integer, .integer), (.integer, .boolean), (.integer, .decimal(fraction: false)): true
        case (.long, .integer), (.long, .boolean), (.long, .decimal(fraction: false)): true
        case (.float, .integer), (.float, .boolean), (.float, .decimal), (.float, .real): true
        case (.double, .integer), (.double, .boolean), (.double, .decimal), (.double, .real): true
        case (.string, .text), (.string, .dateTime): true
        // What travels is ISO 8601 text, whatever the column is called.
        case (.datetime, .dateTime), (.datetime, .text): true
        case (.binary, .binary): true
        default: false
        }
    }

    /// The column type that holds it.
    func sqlType(_ dialect: SQLDialect) -> String {
        switch (self, dialect) {
        case (.boolean, .mysql): "TINYINT(1)"
        case (.boolean, .sqlite): "BOOLEAN"
        case (.integer, _): "INTEGER"
        case (.long, .mysql): "BIGINT"
        case (.long, .sqlite): "INTEGER"
        case (.float, .mysql): "FLOAT"
        case (.double, .mysql): "DOUBLE"
        case (.float, .sqlite), (.double, .sqlite): "REAL"
        case (.string, .mysql): "VARCHAR(255)"
        case (.string, .sqlite): "TEXT"
        case (.binary, _): "BLOB"
        case (.datetime, _): "DATETIME"
        case (.other, _): "JSON"
        }
    }

    /// Whether a column's values stay what they are as this type, or the database refuses those that would not.
    func keepsValues(of kind: ColumnKind) -> Bool {
        switch (self, kind) {
        case (.string, _): true
        case (.double, .text), (.float, .text), (.long, .text), (.integer, .text), (.boolean, .text): true
        case (.datetime, .text), (.boolean, .integer): true
        default: false
        }
    }
}
