import Palantir

/// The hub's OpenAPI description as a page: HTML and a style sheet, no scripts, nothing from elsewhere.
struct OpenAPIPage {
    let document: OpenAPIDocument
    let style: String

    var html: String {
        let info = document.root.read("info")
        let operations = document.operations
        let tags = document.root.read("tags").elements
        let page: HTMLText = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(info.text(of: "title")) \(info.text(of: "version")): the HTTP interface</title>
            <link rel="icon" href="data:,">
            <style>\(styleSheet)</style>
            </head>
            <body>
            <a class="skip" href="#routes">To the routes</a>
            <header>
            <h1>\(info.text(of: "title")) <small>\(info.text(of: "version"))</small></h1>
            <p class="lead">\(info.text(of: "summary"))</p>
            \(info.text(of: "description").split(separator: "\n\n").map { "<p>\(HTMLText.prose(String($0)))</p>" })
            <p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI \(document.root.text(of: "openapi")).</p>
            </header>
            <nav aria-label="Routes">
            \(tags.map { contents(of: $0, operations) })
            </nav>
            <main id="routes">
            \(tags.map { section($0, operations) })
            \(credentials)
            \(schemas)
            </main>
            </body>
            </html>

            """
        return page.html
    }

    /// The style sheet is part of the program, and has no `<`.
    private var styleSheet: HTMLText { HTMLText(stringLiteral: style) }

    private func contents(of tag: JSONText, _ operations: [OpenAPIOperation]) -> HTMLText {
        let name = tag.text(of: "name")
        let links = operations.filter { $0.isTagged(name) }.map { operation -> HTMLText in
            "<li><a href=\"#\(operation.id)\"><span class=\"method\">\(operation.method)</span> \(operation.path)</a></li>"
        }
        return "<h2>\(name)</h2>\n<ul>\n\(links)\n</ul>"
    }

    private func section(_ tag: JSONText, _ operations: [OpenAPIOperation]) -> HTMLText {
        let name = tag.text(of: "name")
        return """
            <section aria-labelledby="tag-\(name)">
            <h2 id="tag-\(name)">\(name)</h2>
            <p>\(HTMLText.prose(tag.text(of: "description")))</p>
            \(operations.filter { $0.isTagged(name) }.map(article))
            </section>
            """
    }

    private func article(_ operation: OpenAPIOperation) -> HTMLText {
        """
        <article id="\(operation.id)">
        <h3><span class="method">\(operation.method)</span> <code>\(operation.path)</code></h3>
        <p><strong>\(operation.value.text(of: "summary"))</strong></p>
        <p>\(HTMLText.prose(operation.value.text(of: "description")))</p>
        \(parameters(of: operation))
        \(requestBody(of: operation))
        \(answers(of: operation))
        </article>
        """
    }

    private func parameters(of operation: OpenAPIOperation) -> HTMLText {
        let rows = operation.parameters.map(document.resolved).map { parameter -> HTMLText in
            """
            <tr><td><code>\(parameter.text(of: "name"))</code></td><td>\(parameter.text(of: "in"))</td>\
            <td>\(kind(of: parameter.read("schema")))</td><td>\(parameter.text(of: "required") == "true" ? "yes" : "no")</td>\
            <td>\(HTMLText.prose(parameter.text(of: "description")))</td>\
            <td><code>\(parameter.text(of: "example"))</code></td></tr>
            """
        }
        return Self.table("Parameters", ["name", "in", "type", "required", "meaning", "example"], rows)
    }

    private func requestBody(of operation: OpenAPIOperation) -> HTMLText {
        guard let written = operation.value["requestBody"] else { return "" }
        let body = document.resolved(written)
        return """
            <h4>Body</h4>
            <p>\(HTMLText.prose(body.text(of: "description")))</p>
            \(body.read("content").namedValues.map { content($0, $1) })
            """
    }

    private func answers(of operation: OpenAPIOperation) -> HTMLText {
        let answers = operation.value.read("responses").namedValues.map { status, written -> HTMLText in
            let answer = document.resolved(written)
            let headers = answer.read("headers").namedValues.map { name, written -> HTMLText in
                let header = document.resolved(written)
                return """
                    <tr><td><code>\(name)</code></td><td>\(kind(of: header.read("schema")))</td>\
                    <td>\(HTMLText.prose(header.text(of: "description")))</td>\
                    <td><code>\(header.text(of: "example"))</code></td></tr>
                    """
            }
            return """
                <details\(status.hasPrefix("2") ? " open" : "")>
                <summary><code>\(status)</code> \(HTMLText.prose(answer.text(of: "description")))</summary>
                \(Self.table("Headers", ["name", "type", "meaning", "example"], headers))
                \(answer.read("content").namedValues.map { content($0, $1) })
                </details>
                """
        }
        return "<h4>Answers</h4>\n\(answers)"
    }

    private func content(_ type: String, _ content: JSONText) -> HTMLText {
        let examples = content.read("examples").namedValues.map { _, written -> HTMLText in
            let example = document.resolved(written)
            let summary = example.text(of: "summary")
            let title: HTMLText = summary.isEmpty ? "" : "<figcaption>\(summary)</figcaption>"
            return "<figure>\(title)<pre tabindex=\"0\">\(Self.shown(example.read("value")))</pre></figure>"
        }
        let schema = content["schema"].map(kind)
        return "<p><code>\(type)</code>\(schema.map { ": \($0)" as HTMLText } ?? "")</p>\n\(examples)"
    }

    /// A text is shown as it is sent, all else as it is written here but for the margin.
    private static func shown(_ value: JSONText) -> String {
        let lines = value.display.split(separator: "\n", omittingEmptySubsequences: false)
        let margin = lines.dropFirst().filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return (lines.prefix(1) + lines.dropFirst().map { $0.dropFirst(margin) }).joined(separator: "\n")
    }

    static func table(_ caption: String, _ header: [String], _ rows: [HTMLText]) -> HTMLText {
        guard !rows.isEmpty else { return "" }
        return """
            <div class="wide" tabindex="0" role="region" aria-label="\(caption)"><table>
            <caption>\(caption)</caption>
            <thead><tr>\(header.map { "<th scope=\"col\">\($0)</th>" as HTMLText }, separator: "")</tr></thead>
            <tbody>
            \(rows)
            </tbody>
            </table></div>
            """
    }
}

extension OpenAPIOperation {
    fileprivate func isTagged(_ tag: String) -> Bool {
        value.read("tags").elements.contains { $0.display == tag }
    }
}
