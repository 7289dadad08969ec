import NIOCore
import Palantir

/// The hub's OpenAPI description, to be read in its own order.
struct OpenAPIDocument {
    let root: JSONText
    /// By reference, as `#/components/schemas/Error`.
    private let components: [String: JSONText]

    /// - Parameter text: the description, which is part of the program.
    init(_ text: ByteBuffer) {
        root = JSONText(validated: text)
        var components: [String: JSONText] = [:]
        for (kind, members) in root.read("components").namedValues {
            for (name, value) in members.namedValues { components["#/components/\(kind)/\(name)"] = value }
        }
        self.components = components
    }

    /// What a reference stands for; all else is itself.
    func resolved(_ value: JSONText) -> JSONText {
        guard let reference = value["$ref"]?.display else { return value }
        return components[reference] ?? value
    }

    /// The operations in their order, with what their path says for all of them.
    var operations: [OpenAPIOperation] {
        root.read("paths").namedValues.flatMap { path, item in
            item.namedValues.filter { $0.name != "parameters" }.map { method, operation in
                OpenAPIOperation(
                    method: method.uppercased(), path: path, value: operation,
                    parameters: item.read("parameters").elements + operation.read("parameters").elements)
            }
        }
    }
}

/// What a method does at a path.
struct OpenAPIOperation {
    let method: String
    let path: String
    let value: JSONText
    let parameters: [JSONText]

    /// Its name in links.
    var id: String { value.text(of: "operationId") }
}

extension JSONText {
    /// A member of an object; null if it has none of that name.
    func read(_ name: String) -> JSONText {
        self[name] ?? JSONText(validated: ByteBuffer(string: "null"))
    }

    /// A member as a person reads it; empty if it is missing.
    func text(of name: String) -> String {
        self[name]?.display ?? ""
    }

    /// An object's members in order; none for all else.
    var namedValues: [(name: String, value: JSONText)] {
        (try? members(uniqueKeys: false)) ?? []
    }
}
