import Palantir

extension OpenAPIPage {
    /// What callers send to say who they are.
    var credentials: HTMLText {
        let schemes = document.root.read("components").read("securitySchemes").namedValues
        return """
            <section aria-labelledby="credentials">
            <h2 id="credentials">credentials</h2>
            \(schemes.map { "<p>\(HTMLText.prose($1.text(of: "description")))</p>" as HTMLText })
            </section>
            """
    }

    /// Every schema that has a name, so that references can lead there.
    var schemas: HTMLText {
        let schemas = document.root.read("components").read("schemas").namedValues.map { name, schema -> HTMLText in
            """
            <article id="schema-\(name)">
            <h3>\(name)</h3>
            <p>\(kind(of: schema))</p>
            <p>\(HTMLText.prose(schema.text(of: "description")))</p>
            \(properties(of: schema))
            </article>
            """
        }
        return """
            <section aria-labelledby="schemas">
            <h2 id="schemas">schemas</h2>
            \(schemas)
            </section>
            """
    }

    private func properties(of schema: JSONText) -> HTMLText {
        let required = schema.read("required").elements.map(\.display)
        // `false` is how JSON Schema says that there is no such member.
        let members = schema.read("properties").namedValues.filter { $0.value.text != "false" }
        let rows = members.map { name, value -> HTMLText in
            """
            <tr><td><code>\(name)</code></td><td>\(kind(of: value))</td>\
            <td>\(required.contains(name) ? "yes" : "no")</td><td>\(HTMLText.prose(value.text(of: "description")))</td></tr>
            """
        }
        return Self.table("Members", ["name", "type", "required", "meaning"], rows)
    }

    /// What a schema allows, in a few words.
    func kind(of schema: JSONText) -> HTMLText {
        if let reference = schema["$ref"]?.display, let name = reference.split(separator: "/").last.map(String.init) {
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let choices = (schema["oneOf"] ?? schema["anyOf"])?.elements {
            return "\(choices.map(kind), separator: " or ")"
        }
        if let bases = schema["allOf"]?.elements {
            let codes = schema.read("properties").read("code").read("enum").elements.map(\.display)
            let narrowed: HTMLText = codes.isEmpty ? "" : " with code \(Self.choice(of: codes))"
            return "\(bases.map(kind), separator: " and ")\(narrowed)"
        }
        if let values = schema["enum"]?.elements.map(\.display) { return Self.choice(of: values) }
        let types = schema["type"].map { $0.elements.isEmpty ? [$0.display] : $0.elements.map(\.display) } ?? []
        guard !types.isEmpty else { return "any JSON" }
        if types == ["array"], let items = schema["items"] { return "list of \(kind(of: items))\(limits(of: schema))" }
        if types == ["object"], let values = schema["additionalProperties"] {
            return "object of \(kind(of: values))"
        }
        return "\(types.joined(separator: " or "))\(limits(of: schema))"
    }

    private func limits(of schema: JSONText) -> HTMLText {
        let names = [
            ("minimum", "from"), ("maximum", "to"), ("minLength", "from"), ("maxLength", "to"), ("minItems", "from"),
            ("maxItems", "to"), ("pattern", "as"),
        ]
        let limits = names.compactMap { name, word in schema[name].map { "\(word) \($0.display)" } }
        let unit = schema["maxLength"] != nil || schema["minLength"] != nil ? " characters" : ""
        return limits.isEmpty ? "" : ", \(limits.joined(separator: " ") + unit)"
    }

    private static func choice(of values: [String]) -> HTMLText {
        "\(values.map { "<code>\($0)</code>" as HTMLText }, separator: ", ")"
    }
}
