/// HTML that is put together from texts, none of which can become markup.
struct HTMLText: ExpressibleByStringInterpolation {
    let html: String

    init(stringLiteral markup: String) {
        html = markup
    }

    init(stringInterpolation: Interpolation) {
        html = stringInterpolation.html
    }

    private init(html: String) {
        self.html = html
    }

    /// Texts in which what stands between backticks is code.
    static func prose(_ text: String) -> HTMLText {
        let parts = escaped(text).split(separator: "`", omittingEmptySubsequences: false)
        return HTMLText(
            html: parts.enumerated().map { index, part in index.isMultiple(of: 2) ? "\(part)" : "<code>\(part)</code>" }
                .joined())
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    struct Interpolation: StringInterpolationProtocol {
        fileprivate var html = ""

        init(literalCapacity: Int, interpolationCount: Int) {}

        /// What the source code says is markup.
        mutating func appendLiteral(_ literal: String) {
            html += literal
        }

        mutating func appendInterpolation(_ text: String) {
            html += HTMLText.escaped(text)
        }

        mutating func appendInterpolation(_ part: HTMLText) {
            html += part.html
        }

        mutating func appendInterpolation(_ parts: [HTMLText], separator: String = "\n") {
            html += parts.map(\.html).joined(separator: separator)
        }
    }
}
